set -gx OPENAI_BASE_URL '{{base_url}}/v1'
set -gx OPENAI_API_KEY '{{key}}'
