"""The LangChain CallbackHandler with user, session and tags: a chain, a streamed model, a tool, an error."""

import json

from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from langfuse.callback import CallbackHandler


@tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@tool
def divide(a: int, b: int) -> float:
    """Divide two numbers."""
    return a / b


def handler(name: str) -> CallbackHandler:
    return CallbackHandler(
        trace_name=name,
        user_id="user-3",
        session_id="session-langchain",
        tags=["chain", "test"],
        metadata={"team": "search"},
        version="1.2",
    )


def run_chain() -> str:
    callback = handler("chain")
    prompt = ChatPromptTemplate.from_messages([("system", "Be brief."), ("user", "Tell me about {topic}")])
    chain = prompt | ChatOpenAI(model="gpt-4o", temperature=0.5) | StrOutputParser()
    chain.invoke({"topic": "sessions"}, config={"callbacks": [callback]})
    callback.flush()
    return callback.get_trace_id()


def run_stream() -> str:
    callback = handler("stream")
    model = ChatOpenAI(model="gpt-4o", streaming=True, stream_usage=True)
    for _ in model.stream("Tell me about tags", config={"callbacks": [callback]}):
        pass
    callback.flush()
    return callback.get_trace_id()


def run_tool() -> str:
    callback = handler("tool")
    (RunnableLambda(lambda numbers: numbers) | add).invoke({"a": 2, "b": 3}, config={"callbacks": [callback]})
    callback.flush()
    return callback.get_trace_id()


def run_failing_tool() -> str:
    callback = handler("failing tool")
    chain = RunnableLambda(lambda numbers: numbers) | divide
    try:
        chain.invoke({"a": 1, "b": 0}, config={"callbacks": [callback]})
    except ZeroDivisionError:
        callback.flush()
    return callback.get_trace_id()


print(
    json.dumps(
        {"chain": run_chain(), "stream": run_stream(), "tool": run_tool(), "failing_tool": run_failing_tool()}
    )
)
