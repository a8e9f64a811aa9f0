"""The OpenAI drop-in: plain, streamed, async, with tools, refused; inside an observation, and on its own."""

import asyncio
import json

import openai as plain_openai
from langfuse import get_client
from langfuse.openai import AsyncOpenAI, openai

MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "What is a span?"}]
WEATHER = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}},
}

langfuse = get_client()
IDS = {
    name: langfuse.create_trace_id()
    for name in ("plain", "streamed", "asynchronous", "tools", "refused", "embedded")
}


def plain() -> None:
    openai.chat.completions.create(
        name="ask",
        model="gpt-4o",
        messages=MESSAGES,
        temperature=0,
        trace_id=IDS["plain"],
        metadata={
            "feature": "help",
            "langfuse_user_id": "user-2",
            "langfuse_session_id": "session-openai",
            "langfuse_tags": ["drop-in", "test"],
        },
    )


def streamed() -> None:
    with langfuse.start_as_current_observation(
        name="streaming", as_type="chain", trace_context={"trace_id": IDS["streamed"]}
    ):
        stream = openai.chat.completions.create(
            model="gpt-4o", messages=MESSAGES, stream=True, stream_options={"include_usage": True}
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


def embedded() -> None:
    openai.embeddings.create(
        model="text-embedding-3-small", input="What is a span?", trace_id=IDS["embedded"]
    )


def refused() -> None:
    try:
        openai.chat.completions.create(model="gpt-none", messages=MESSAGES, trace_id=IDS["refused"])
    except plain_openai.NotFoundError:
        return
    raise AssertionError("the stand-in knows the model gpt-none")


plain()
streamed()
asyncio.run(asynchronous())
tools()
embedded()
refused()
langfuse.flush()
print(json.dumps(IDS))
