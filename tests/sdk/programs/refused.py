"""One score that the server must refuse, among good events: the SDK sends the whole batch again and again."""

import json

from langfuse import Langfuse

langfuse = Langfuse()
trace = langfuse.trace(name="refused", input="before")
trace.generation(name="kept", model="gpt-4o", usage={"input": 100, "output": 10}).end()
trace.score(name="refused", value="high", data_type="NUMERIC")
trace.score(name="kept", value=0.5)
langfuse.flush()
print(json.dumps({"trace": trace.id}))
