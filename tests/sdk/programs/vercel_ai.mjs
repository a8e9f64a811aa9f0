// Vercel AI SDK with its telemetry, exported by Langfuse's processor or the plain OTLP exporter (the way in).
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/`);
const { OTLPTraceExporter } = require("@opentelemetry/exporter-trace-otlp-http");
const { BatchSpanProcessor, NodeTracerProvider } = require("@opentelemetry/sdk-trace-node");
const { LangfuseSpanProcessor } = require("@langfuse/otel");
const { startActiveObservation } = require("@langfuse/tracing");
const { createOpenAI } = require("@ai-sdk/openai");
const { embed, generateText, stepCountIs, streamText, tool } = require("ai");
const { z } = require("zod");

const way = process.argv[2];
const processor = way === "langfuse" ? new LangfuseSpanProcessor() : new BatchSpanProcessor(new OTLPTraceExporter());
const provider = new NodeTracerProvider({ spanProcessors: [processor] });
provider.register();
const openai = createOpenAI({ baseURL: process.env.OPENAI_BASE_URL });
const ids = {};

async function traced(name, work) {
  await startActiveObservation(name, async (root) => {
    ids[name] = root.traceId;
    await work({
      isEnabled: true,
      functionId: name,
      metadata: { userId: "user-ai", sessionId: `session-ai-${way}`, tags: ["ai", way], season: "spring" },
    });
  });
}

const weather = tool({
  description: "Tell the weather of a city.",
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => `blue sky over ${city}`,
});

await traced("generate", (experimental_telemetry) =>
  generateText({ model: openai.chat("gpt-4o"), system: "Be brief.", prompt: "What is a span?", temperature: 0.2, experimental_telemetry }),
);
await traced("stream", async (experimental_telemetry) => {
  const result = streamText({ model: openai.chat("gpt-4o"), prompt: "What is a span?", experimental_telemetry });
  for await (const _ of result.textStream) {
    // read to the end
  }
});
await traced("tools", (experimental_telemetry) =>
  generateText({
    model: openai.chat("gpt-4o"),
    prompt: "Weather in Paris?",
    tools: { weather },
    stopWhen: stepCountIs(3),
    experimental_telemetry,
  }),
);
await traced("embed", (experimental_telemetry) =>
  embed({ model: openai.embedding("text-embedding-3-small"), value: "a span", experimental_telemetry }),
);
await traced("refused", async (experimental_telemetry) => {
  try {
    await generateText({ model: openai.chat("gpt-none"), prompt: "Hello?", maxRetries: 0, experimental_telemetry });
  } catch {
    return;
  }
  throw new Error("the stand-in knows the model gpt-none");
});
await provider.shutdown();
console.log(JSON.stringify(ids));
