# pip install anthropic
from anthropic import Anthropic

client = Anthropic(
    base_url="{{base_url}}",
    api_key="{{key}}",
)
with client.messages.stream(
    model="{{model}}",
    max_tokens=1024,
    messages=[{"role": "user", "content": "Say hello in one sentence."}],
) as answer:
    for text in answer.text_stream:
        print(text, end="", flush=True)
print()
