// JS langfuse@3, the main path: trace, span, generation, event, update, score, getPrompt, media, fetch*.
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/`);
const { Langfuse, LangfuseMedia, observeOpenAI } = require("langfuse");
const { OpenAI } = require("openai");

const langfuse = new Langfuse({ baseUrl: process.env.LANGFUSE_HOST });
const failures = [];
langfuse.on("error", (error) => failures.push(String(error)));

await langfuse.createPrompt({ name: "js critic", prompt: "Rate {{movie}}", labels: ["production"], config: { top: 1 } });
const prompt = await langfuse.getPrompt("js critic");

const trace = langfuse.trace({
  name: "js main",
  userId: "user-js",
  sessionId: "session-js",
  tags: ["js"],
  metadata: { from: "node" },
  input: { question: "Ünïcode 🙂?" },
});
const span = trace.span({ name: "search", input: "films" });
const generation = span.generation({
  name: "rate",
  model: "gpt-4o",
  modelParameters: { temperature: 0.3 },
  input: prompt.compile({ movie: "Dune" }),
  prompt,
});
generation.end({ output: "4/5", usage: { input: 40, output: 10 } });
const event = span.event({ name: "cache hit", level: "WARNING", statusMessage: "stale" });
span.update({ metadata: { hits: 2 } });
span.end({ output: ["Dune"] });
trace.update({ output: "4/5", metadata: { done: true } });
trace.score({ name: "helpful", value: 0.9 });
generation.score({ name: "tone", value: "none" });
trace.score({ name: "zero", value: 0 });
trace.score({ name: "zero boolean", value: 0, dataType: "BOOLEAN" });

const seen = langfuse.trace({
  name: "js media",
  input: new LangfuseMedia({ contentBytes: Buffer.from("hello from js"), contentType: "text/plain" }),
});

const client = observeOpenAI(new OpenAI({ baseURL: process.env.OPENAI_BASE_URL }), {
  clientInitParams: { baseUrl: process.env.LANGFUSE_HOST },
  traceName: "js openai",
  sessionId: "session-js",
  userId: "user-js",
});
const messages = [{ role: "user", content: "What is a tag?" }];
await client.chat.completions.create({ model: "gpt-4o", messages });
const stream = await client.chat.completions.create({
  model: "gpt-4o",
  messages,
  stream: true,
  stream_options: { include_usage: true },
});
for await (const _ of stream) {
  // read to the end
}
await client.flushAsync();
await langfuse.flushAsync();
console.log(
  JSON.stringify({
    trace: trace.id,
    span: span.id,
    generation: generation.id,
    event: event.id,
    media: seen.id,
    promptVersion: prompt.version,
    failures,
  }),
);
await langfuse.shutdownAsync();
