"""The first half of a trace, with SDK 2; what follows it is made elsewhere."""

import json
import secrets

from langfuse import Langfuse

langfuse = Langfuse()
trace = langfuse.trace(
    id=secrets.token_hex(16),
    name="long way",
    input="start",
    user_id="user-9",
    session_id="session-long-way",
    tags=["first"],
    metadata={"half": 1, "by": "SDK 2"},
)
span = trace.span(id=secrets.token_hex(8), name="first half")
span.generation(name="first call", model="gpt-4o", usage={"input": 100, "output": 10}).end()
span.end(output="halfway")
langfuse.flush()
print(json.dumps({"trace": trace.id, "span": span.id}))
