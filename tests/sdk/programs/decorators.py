"""The @observe decorator: nested calls, a generation, an error, the trace's user, session, tags, scores."""

import json

from langfuse.decorators import langfuse_context, observe


@observe()
def retrieve(question: str) -> list[str]:
    langfuse_context.update_current_observation(metadata={"index": 1}, level="WARNING", status_message="slow")
    return [f"document about {question}"]


@observe(as_type="generation", name="write answer")
def write_answer(question: str, documents: list[str]) -> str:
    langfuse_context.update_current_observation(
        model="gpt-4o",
        model_parameters={"temperature": 0.2, "max_tokens": 100},
        usage_details={"input": 1000, "output": 200},
    )
    langfuse_context.score_current_observation(name="fluency", value=0.75)
    return f"{question}: {len(documents)} found"


@observe()
def fail() -> None:
    raise ValueError("no such tool")


@observe()
def answer(question: str, *, polite: bool = True) -> dict[str, object]:
    text = write_answer(question, retrieve(question))
    try:
        fail()
    except ValueError:
        polite = False
    langfuse_context.update_current_trace(
        user_id="user-1", session_id="session-decorators", tags=["b", "a"], metadata={"plan": "pro"}
    )
    langfuse_context.score_current_trace(name="correct", value=0.9, comment="close")
    print(json.dumps({"trace": langfuse_context.get_current_trace_id()}))
    return {"text": text, "polite": polite}


answer("What is a trace?")
langfuse_context.flush()
