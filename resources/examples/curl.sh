curl '{{base_url}}/v1/chat/completions' \
  -H 'Authorization: Bearer {{key}}' \
  -H 'Content-Type: application/json' \
  -d '{
    "model": "{{model|json}}",
    "messages": [{"role": "user", "content": "Say hello in one sentence."}]
  }'
