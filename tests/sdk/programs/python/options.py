"""A sampling rate in: a masked trace, left to the exit of the process to send; who is asked, where it is shown."""

import json
import os
import sys
from typing import Any

from langfuse import Langfuse


def mask(*, data: Any, **_: Any) -> Any:
    if isinstance(data, dict):
        return {key: mask(data=value) for key, value in data.items()}
    return data.replace("hunter2", "***") if isinstance(data, str) else data


os.environ["LANGFUSE_SAMPLE_RATE"] = sys.argv[1]  # SDK 3 takes sample_rate=0 for a rate not given
langfuse = Langfuse(mask=mask)
with langfuse.start_as_current_observation(
    name="sign in", input={"user": "ann", "password": "hunter2"}, metadata={"note": "hunter2 again"}
) as root:
    with langfuse.start_as_current_observation(name="check", as_type="tool", input="is it hunter2?"):
        pass
    root.score_trace(name="signed in", value=1)
    root.update(output="welcome, not hunter2")
print(
    json.dumps(
        {
            "trace": root.trace_id,
            "url": langfuse.get_trace_url(trace_id=root.trace_id),
            "auth_check": langfuse.auth_check(),
        }
    )
)
