// JS @langfuse/client 4 and 5, reads: what the main program printed in, what the generated client returns out.
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/`);
const { LangfuseClient } = require("@langfuse/client");

const ids = JSON.parse(process.argv[2]);
const sessionId = ids.session;
const named = { name: "verdict", traceId: ids.trace };
const langfuse = new LangfuseClient();
const { api } = langfuse;
const version1 = api.legacy ? api.legacy.observationsV1 : api.observations;
const version2 = api.legacy ? api.observations : api.observationsV2;

const trace = await api.trace.get(ids.trace);
const traces = await api.trace.list({ sessionId, limit: 100 });
const generations = await version1.getMany({ traceId: ids.trace, type: "GENERATION" });
const observation = await version1.get(ids.generation);
const first = await version2.getMany({ traceId: ids.trace, fields: "core,basic,model,usage,io", limit: 5 });
const second = await version2.getMany({ traceId: ids.trace, fields: "core,basic", limit: 100, cursor: first.meta.cursor });
const rated = await (api.legacy ? api.scores.getMany(named) : api.scoreV2.get(named));
const session = await api.sessions.get(sessionId);
const picture = trace.observations.find((item) => item.name === "picture");
const resolved = await langfuse.media.resolveReferences({ obj: picture.input, resolveWith: "base64DataUri" });
const query = JSON.stringify({
  view: "observations",
  dimensions: [{ field: "type" }],
  metrics: [
    { measure: "count", aggregation: "count" },
    { measure: "totalCost", aggregation: "sum" },
  ],
  filters: [{ type: "string", column: "traceId", operator: "=", value: ids.trace }],
  fromTimestamp: "2020-01-01T00:00:00Z",
  toTimestamp: "2100-01-01T00:00:00Z",
});
const metrics = await (api.legacy ? api.legacy.metricsV1 : api.metrics).metrics({ query });
const metrics2 = await (api.legacy ? api.metrics : api.metricsV2).metrics({ query });
let missing;
try {
  missing = await api.trace.get("no-such-trace");
} catch (error) {
  missing = error.statusCode;
}
console.log(
  JSON.stringify({
    trace: { name: trace.name, observations: trace.observations.length, totalCost: trace.totalCost, htmlPath: trace.htmlPath },
    traces: traces.data.map((item) => item.name).sort(),
    generations: generations.data.map((item) => item.name).sort(),
    observation: { promptName: observation.promptName, usageDetails: observation.usageDetails },
    first: first.data.map((item) => item.name),
    second: second.data.map((item) => item.name),
    scores: rated.data.map((score) => score.stringValue),
    session: session.traces.map((item) => item.name).sort(),
    resolved,
    metrics: [metrics.data, metrics2.data],
    missing,
    url: await langfuse.getTraceUrl(ids.trace),
  }),
);
