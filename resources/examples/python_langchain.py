# pip install langchain-openai
from langchain_openai import ChatOpenAI

model = ChatOpenAI(
    base_url="{{base_url}}/v1",
    api_key="{{key}}",
    model="{{model}}",
)
for chunk in model.stream("Say hello in one sentence."):
    print(chunk.text, end="", flush=True)
print()
