"""LlamaIndex: a query over two documents, seen by the callback handler and by the instrumentor."""

import json

from langfuse.llama_index import LlamaIndexCallbackHandler, LlamaIndexInstrumentor
from llama_index.core import Document, Settings, VectorStoreIndex
from llama_index.core.callbacks import CallbackManager
from llama_index.core.embeddings import MockEmbedding
from llama_index.llms.openai import OpenAI

DOCUMENTS = [Document(text="A trace is one request."), Document(text="A span is a step of a trace.")]


def query(callbacks: CallbackManager | None = None) -> None:
    Settings.embed_model = MockEmbedding(embed_dim=8)
    Settings.callback_manager = callbacks or CallbackManager()
    Settings.llm = OpenAI(model="gpt-4o", callback_manager=Settings.callback_manager)
    index = VectorStoreIndex.from_documents(DOCUMENTS)
    index.as_query_engine().query("What is a span?")


def run_handler() -> str:
    handler = LlamaIndexCallbackHandler()
    handler.set_trace_params(user_id="user-4", session_id="session-llama", tags=["llama"], name="rag")
    query(CallbackManager([handler]))
    handler.flush()
    return handler.get_trace_id()


def run_instrumentor() -> str:
    instrumentor = LlamaIndexInstrumentor()
    with instrumentor.observe(
        user_id="user-4", session_id="session-llama", trace_name="rag 2", tags=["llama"]
    ) as trace:
        query()
        trace.score(name="grounded", value=1, data_type="BOOLEAN")
    instrumentor.flush()
    return trace.id


print(json.dumps({"instrumentor": run_instrumentor(), "handler": run_handler()}))
