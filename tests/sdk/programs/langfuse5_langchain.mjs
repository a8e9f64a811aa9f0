// @langfuse/langchain 5: a chain of a prompt, a model that answers from a list, and a parser.
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/`);
const { StringOutputParser } = require("@langchain/core/output_parsers");
const { ChatPromptTemplate } = require("@langchain/core/prompts");
const { FakeListChatModel } = require("@langchain/core/utils/testing");
const { CallbackHandler } = require("@langfuse/langchain");
const { LangfuseSpanProcessor } = require("@langfuse/otel");
const { NodeTracerProvider } = require("@opentelemetry/sdk-trace-node");

const provider = new NodeTracerProvider({ spanProcessors: [new LangfuseSpanProcessor()] });
provider.register();
const handler = new CallbackHandler({ userId: "user-chain", sessionId: "session-chain", tags: ["chain"] });
const prompt = ChatPromptTemplate.fromMessages([["user", "Tell of {topic}"]]);
const chain = prompt.pipe(new FakeListChatModel({ responses: ["A span is a step."] })).pipe(new StringOutputParser());
const answer = await chain.invoke({ topic: "spans" }, { callbacks: [handler], runName: "teller" });
await provider.shutdown();
console.log(JSON.stringify({ trace: handler.last_trace_id, answer }));
