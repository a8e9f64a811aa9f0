"""The OpenAI drop-in: plain, streamed, async, with tools, refused; with metadata= and trace_id=."""

import asyncio
import json
import uuid

import openai as plain_openai
from langfuse.openai import AsyncOpenAI, openai

MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "What is a span?"}]
WEATHER = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}},
}
IDS = {
    name: str(uuid.uuid4()) for name in ("plain", "streamed", "uncounted", "asynchronous", "tools", "refused")
}


def plain() -> None:
    openai.chat.completions.create(
        name="ask",
        model="gpt-4o",
        messages=MESSAGES,
        temperature=0,
        metadata={"feature": "help", "langfuse_note": 7},
        trace_id=IDS["plain"],
        user_id="user-2",
        session_id="session-openai",
        tags=["drop-in"],
    )


def streamed(key: str, **options: object) -> None:
    stream = openai.chat.completions.create(
        model="gpt-4o", messages=MESSAGES, stream=True, trace_id=IDS[key], **options
    )
    for _ in stream:
        pass


async def asynchronous() -> None:
    client = AsyncOpenAI()
    await client.chat.completions.create(
        model="gpt-4o-mini", messages=MESSAGES, metadata={"async": True}, trace_id=IDS["asynchronous"]
    )
    await client.close()


def tools() -> None:
    openai.chat.completions.create(model="gpt-4o", messages=MESSAGES, tools=[WEATHER], trace_id=IDS["tools"])


def refused() -> None:
    try:
        openai.chat.completions.create(model="gpt-none", messages=MESSAGES, trace_id=IDS["refused"])
    except plain_openai.NotFoundError:
        return
    raise AssertionError("the stand-in knows the model gpt-none")


plain()
streamed("streamed", stream_options={"include_usage": True})
streamed("uncounted")
asyncio.run(asynchronous())
tools()
refused()
openai.flush_langfuse()
print(json.dumps(IDS))
