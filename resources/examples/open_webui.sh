export OPENAI_API_BASE_URL='{{base_url}}/v1'
export OPENAI_API_KEY='{{key}}'
open-webui serve
