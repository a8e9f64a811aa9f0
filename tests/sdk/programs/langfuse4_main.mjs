// JS @langfuse/* 4 and 5, the main path: the SDK's name in; every type of observation, prompts, scores, media, OpenAI.
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/`);
const { NodeTracerProvider } = require("@opentelemetry/sdk-trace-node");
const { LangfuseSpanProcessor } = require("@langfuse/otel");
const { LangfuseClient } = require("@langfuse/client");
const { observeOpenAI } = require("@langfuse/openai");
const tracing = require("@langfuse/tracing");
const { OpenAI } = require("openai");

const { propagateAttributes, startActiveObservation, startObservation } = tracing;
const sdk = process.argv[2];
const processor = new LangfuseSpanProcessor({ environment: "staging", release: "2026.11" });
const provider = new NodeTracerProvider({ spanProcessors: [processor] });
provider.register();
const langfuse = new LangfuseClient();

const created = await langfuse.prompt.create({
  name: `critics/${sdk}`,
  type: "chat",
  prompt: [
    { role: "system", content: "You are a critic." },
    { type: "placeholder", name: "history" },
    { role: "user", content: "Rate {{movie}}" },
  ],
  labels: ["production"],
  config: { top: 1 },
  tags: [sdk],
  commitMessage: "first",
});
await langfuse.prompt.update({ name: `critics/${sdk}`, version: created.version, newLabels: ["best"] });
const prompt = await langfuse.prompt.get(`critics/${sdk}`, { type: "chat", label: "best", cacheTtlSeconds: 0 });
const compiled = prompt.compile({ movie: "Dune" }, { history: [{ role: "assistant", content: "Which film?" }] });
let missing;
try {
  await langfuse.prompt.get(`no prompt of ${sdk}`);
} catch (error) {
  missing = String(error);
}

const ids = {};

async function work(root) {
  root.update({ input: { question: "Ünïcode 🙂?" }, metadata: { text: "words", number: 3, nested: { deep: [1, 2] } } });
  for (const asType of ["agent", "tool", "chain", "retriever", "evaluator", "guardrail"]) {
    startActiveObservation(`a ${asType}`, (observation) => observation.update({ input: { asType }, output: [asType] }), {
      asType,
    });
  }
  const embedding = startObservation(
    "an embedding",
    { model: "text-embedding-3-small", input: ["a film"], usageDetails: { input: 200, total: 200 } },
    { asType: "embedding" },
  );
  embedding.update({ output: [0.5] }).end();
  startObservation("an event", { level: "WARNING", statusMessage: "stale", input: { key: 17 } }, { asType: "event" });

  await startActiveObservation(
    "rate",
    async (generation) => {
      ids.generation = generation.id;
      generation.update({
        model: "gpt-4o",
        modelParameters: { temperature: 0.3, stop: ["END"] },
        input: compiled,
        prompt,
        completionStartTime: new Date(),
      });
      generation.update({ output: "4/5", usageDetails: { input: 40, output: 10, input_cached_tokens: 8 }, version: "g1" });
      langfuse.score.activeObservation({ name: "tone", value: "none", comment: "dry" });
    },
    { asType: "generation" },
  );
  const priced = root.startObservation("priced", { model: "gpt-4o", costDetails: { input: 0.5, output: 0.25 } }, { asType: "generation" });
  priced.end();

  const search = tracing.observe(async (title, year) => [title, year], { name: "search", asType: "tool" });
  await search("Dune", 2021);
  const failing = tracing.observe(
    () => {
      throw new Error("no such film");
    },
    { name: "failing" },
  );
  try {
    failing();
  } catch {
    // recorded as an error of the observation
  }
  startObservation("picture", { input: { image: "data:text/plain;base64,aGVsbG8gZnJvbSBqcw==" } }).end();
  langfuse.score.activeTrace({ name: "helpful", value: 0.9 });
  langfuse.score.activeTrace({ name: "zero boolean", value: 0, dataType: "BOOLEAN" });
  root.update({ output: "4/5" });
  if (root.updateTrace) root.updateTrace({ output: { answer: "4/5" }, public: true });
  else root.setTraceIO({ output: { answer: "4/5" } }).setTraceAsPublic();
}

await propagateAttributes(
  {
    userId: `user-${sdk}`,
    sessionId: `session-${sdk}`,
    tags: ["js", sdk],
    metadata: { from: "node" },
    version: "v2",
    traceName: `js ${sdk}`,
  },
  () =>
    startActiveObservation("root", async (root) => {
      ids.trace = root.traceId;
      ids.root = root.id;
      await work(root);
    }),
);

const client = observeOpenAI(new OpenAI(), {
  traceName: `openai ${sdk}`,
  generationName: "ask",
  sessionId: `session-${sdk}`,
  userId: `user-${sdk}`,
  tags: ["drop-in"],
});
const messages = [{ role: "user", content: "What is a tag?" }];
await startActiveObservation("openai", async (root) => {
  ids.openai = root.traceId;
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
});

langfuse.score.create({ traceId: ids.trace, name: "verdict", value: "good", metadata: { by: sdk } });
langfuse.score.create({ sessionId: `session-${sdk}`, name: "mood", value: 0.5 });
await processor.forceFlush();
await langfuse.flush();
await langfuse.shutdown();
await provider.shutdown();
console.log(
  JSON.stringify({ ...ids, compiled, missing, prompt: { version: prompt.version, labels: prompt.labels, config: prompt.config } }),
);
