# pip install openai
from openai import OpenAI

client = OpenAI(
    base_url="{{base_url}}/v1",
    api_key="{{key}}",
)
answer = client.chat.completions.create(
    model="{{model}}",
    messages=[{"role": "user", "content": "Say hello in one sentence."}],
    stream=True,
)
for chunk in answer:
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="", flush=True)
print()
