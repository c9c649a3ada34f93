# pip install ollama
from ollama import Client

client = Client(
    host="{{base_url}}",
    headers={"Authorization": "Bearer {{key}}"},
)
answer = client.chat(
    model="{{model}}",
    messages=[{"role": "user", "content": "Say hello in one sentence."}],
    stream=True,
)
for chunk in answer:
    print(chunk.message.content or "", end="", flush=True)
print()
