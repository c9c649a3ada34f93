$env:OPENAI_BASE_URL = '{{base_url}}/v1'
$env:OPENAI_API_KEY = '{{key}}'
