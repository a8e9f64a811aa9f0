"""The LangChain CallbackHandler with user, session and tags: a chain, a streamed model, a failing tool."""

import json

from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from langfuse import get_client
from langfuse.langchain import CallbackHandler

CONTEXT = {
    "langfuse_user_id": "user-3",
    "langfuse_session_id": "session-langchain",
    "langfuse_tags": ["chain", "test"],
    "team": "search",
}


@tool
def divide(a: int, b: int) -> float:
    """Divide two numbers."""
    return a / b


def run_chain() -> str:
    callback = CallbackHandler()
    prompt = ChatPromptTemplate.from_messages([("system", "Be brief."), ("user", "Tell me about {topic}")])
    chain = prompt | ChatOpenAI(model="gpt-4o", temperature=0.5) | StrOutputParser()
    chain.invoke(
        {"topic": "sessions"}, config={"callbacks": [callback], "metadata": CONTEXT, "run_name": "explain"}
    )
    return callback.last_trace_id


def run_stream() -> str:
    callback = CallbackHandler()
    model = ChatOpenAI(model="gpt-4o", streaming=True, stream_usage=True)
    for _ in model.stream("Tell me about tags", config={"callbacks": [callback], "metadata": CONTEXT}):
        pass
    return callback.last_trace_id


def run_failing_tool() -> str:
    callback = CallbackHandler()
    chain = RunnableLambda(lambda numbers: numbers) | divide
    try:
        chain.invoke({"a": 1, "b": 0}, config={"callbacks": [callback]})
    except ZeroDivisionError:
        return callback.last_trace_id
    raise AssertionError("1 was divided by 0")


ids = {"chain": run_chain(), "stream": run_stream(), "failing_tool": run_failing_tool()}
get_client().flush()
print(json.dumps(ids))
