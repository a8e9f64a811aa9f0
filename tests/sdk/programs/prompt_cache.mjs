// JS 3 to 5, the SDK's name in: a prompt kept while somebody else changes it; composed; deleted, a fallback.
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/`);
const sdk = process.argv[2];
const name = `kept ${process.argv[3]}/by ${sdk}`;
const { LANGFUSE_HOST: host, LANGFUSE_PUBLIC_KEY: key, LANGFUSE_SECRET_KEY: secret } = process.env;
const url = `${host}/api/public/v2/prompts`;

function client() {
  if (sdk === "langfuse3") {
    const { Langfuse } = require("langfuse");
    const langfuse = new Langfuse({ baseUrl: host });
    return {
      create: (body) => langfuse.createPrompt(body),
      get: (prompt, options) => langfuse.getPrompt(prompt, undefined, options),
      remove: (prompt) => elsewhere("DELETE", `${url}/${encodeURIComponent(prompt)}`),
    };
  }
  const { LangfuseClient } = require("@langfuse/client");
  const langfuse = new LangfuseClient();
  return {
    create: (body) => langfuse.prompt.create(body),
    get: (prompt, options) => langfuse.prompt.get(prompt, options),
    remove: (prompt) => langfuse.prompt.delete(prompt),
  };
}

async function elsewhere(method, to, body) {
  const headers = {
    Authorization: `Basic ${Buffer.from(`${key}:${secret}`).toString("base64")}`,
    "Content-Type": "application/json",
  };
  const answer = await fetch(to, { method, headers, body: body && JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${to}: ${answer.status}`);
}

const prompts = client();
const get = async () => (await prompts.get(name, { cacheTtlSeconds: 1 })).version;
await prompts.create({ name, prompt: "one", labels: ["production"] });
const seen = [await get()];
await elsewhere("POST", url, { name, prompt: "two", labels: ["production"] });
seen.push(await get());
const until = Date.now() + 10_000;
while (seen.at(-1) !== 2 && Date.now() < until) {
  await new Promise((resolve) => setTimeout(resolve, 200));
  seen.push(await get());
}

const tag = `@@@langfusePrompt:name=${name}|label=production@@@`;
await prompts.create({ name: `${name} outer`, prompt: `[${tag}] {{who}}`, labels: ["production"] });
const outer = await prompts.get(`${name} outer`, {});
await prompts.remove(`${name} outer`);
await prompts.remove(name);
const fallback = await prompts.get(name, { cacheTtlSeconds: 0, fallback: "Say {{word}}", maxRetries: 1 });
console.log(
  JSON.stringify({
    seen: [...new Set(seen)].sort(),
    first: seen.slice(0, 2),
    outer: outer.compile({ who: "me" }),
    fallback: [fallback.isFallback, fallback.compile({ word: "hi" })],
  }),
);
