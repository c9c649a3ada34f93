// npm install openai
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "{{base_url}}/v1",
  apiKey: "{{key}}",
});
const answer = await client.chat.completions.create({
  model: "{{model}}",
  messages: [{ role: "user", content: "Say hello in one sentence." }],
  stream: true,
});
for await (const chunk of answer) {
  process.stdout.write(chunk.choices[0]?.delta?.content ?? "");
}
console.log();
