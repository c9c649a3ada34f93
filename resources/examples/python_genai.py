# pip install google-genai
from google import genai

client = genai.Client(
    api_key="{{key}}",
    http_options={"base_url": "{{base_url}}"},
)
answer = client.models.generate_content_stream(
    model="{{model}}",
    contents="Say hello in one sentence.",
)
for chunk in answer:
    print(chunk.text or "", end="", flush=True)
print()
