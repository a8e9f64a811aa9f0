// JS langfuse@3, reads: the ids of a trace and its generation in, what fetch* returns out.
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/`);
const { Langfuse } = require("langfuse");

const ids = JSON.parse(process.argv[2]);
const langfuse = new Langfuse({ baseUrl: process.env.LANGFUSE_HOST });

const trace = (await langfuse.fetchTrace(ids.trace)).data;
const traces = await langfuse.fetchTraces({ sessionId: "session-js", name: "js main" });
const observations = await langfuse.fetchObservations({ traceId: ids.trace, type: "GENERATION" });
const observation = (await langfuse.fetchObservation(ids.generation)).data;
const sessions = await langfuse.fetchSessions({ limit: 100 });
const resolved = await langfuse.resolveMediaReferences({
  obj: (await langfuse.fetchTrace(ids.media)).data.input,
  resolveWith: "base64DataUri",
});
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
const metrics = await langfuse.api.metricsMetrics({ query });
let missing;
try {
  missing = (await langfuse.fetchTrace("no-such-trace")).data;
} catch (error) {
  missing = String(error);
}
console.log(
  JSON.stringify({
    trace: { name: trace.name, observations: trace.observations.map((o) => o.name).sort(), totalCost: trace.totalCost },
    traces: traces.data.map((t) => t.name),
    observations: observations.data.map((o) => o.name),
    observation: { usage: observation.usage, promptName: observation.promptName },
    sessions: sessions.data.map((s) => s.id).filter((id) => id === "session-js"),
    resolved,
    metrics: metrics.data,
    missing,
  }),
);
