cline auth --provider openai-compatible \
  --baseurl '{{base_url}}/v1' \
  --apikey '{{key}}' \
  --modelid '{{model}}'
