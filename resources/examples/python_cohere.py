# pip install cohere
import cohere

client = cohere.ClientV2(
    base_url="{{base_url}}/cohere",
    api_key="{{key}}",
)
answer = client.chat_stream(
    model="{{model}}",
    messages=[{"role": "user", "content": "Say hello in one sentence."}],
)
for event in answer:
    if event.type == "content-delta":
        print(event.delta.message.content.text or "", end="", flush=True)
print()
