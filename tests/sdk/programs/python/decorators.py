"""@observe: nested, async, generators, a failure; the trace's name, user, session and tags by propagation."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator

from langfuse import get_client, observe, propagate_attributes

langfuse = get_client()


@observe(as_type="retriever")
def retrieve(question: str) -> list[str]:
    langfuse.update_current_span(metadata={"index": 1}, level="WARNING", status_message="slow")
    return [f"document about {question}"]


@observe(as_type="generation", name="write answer")
async def write_answer(question: str, documents: list[str]) -> str:
    langfuse.update_current_generation(
        model="gpt-4o",
        model_parameters={"temperature": 0.2, "max_tokens": 100},
        usage_details={"input": 1000, "output": 200},
    )
    await asyncio.sleep(0.01)
    return f"{question}: {len(documents)} found"


@observe(as_type="tool")
def fail() -> None:
    raise ValueError("no such tool")


@observe(transform_to_string=" ".join)
def words(text: str) -> Iterator[str]:
    yield from text.split()


@observe
async def letters(text: str) -> AsyncIterator[str]:
    for letter in text:
        yield letter


@observe(capture_input=False, capture_output=False)
def sign_in(password: str) -> str:
    return password


@observe(as_type="agent")
async def answer(question: str, *, polite: bool = True) -> dict[str, object]:
    with propagate_attributes(
        trace_name="help",
        user_id="user-1",
        session_id="session-decorators",
        tags=["b", "a"],
        metadata={"plan": "pro"},
        version="v7",
    ):
        sign_in("secret")
        text = await write_answer(question, retrieve(question))
        try:
            fail()
        except ValueError:
            polite = False
        spoken = [*words("one two"), *[letter async for letter in letters("abc")]]
        print(json.dumps({"trace": langfuse.get_current_trace_id()}))
        return {"text": text, "polite": polite, "spoken": spoken}


asyncio.run(answer("What is a trace?"))
langfuse.flush()
