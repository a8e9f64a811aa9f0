"""A number of rounds in, for each the seconds from a flush until reads show the whole trace out."""

import json
import sys
import time

from langfuse import Langfuse
from langfuse.api.resources.commons.errors.not_found_error import NotFoundError

DEADLINE = 10.0

langfuse = Langfuse()


def seconds_to_visible() -> float:
    trace = langfuse.trace(name="seen?")
    trace.span(name="step").generation(name="call", model="gpt-4o", usage={"input": 10, "output": 5}).end()
    langfuse.flush()
    flushed = time.monotonic()
    while time.monotonic() - flushed < DEADLINE:
        if is_whole(trace.id):
            return time.monotonic() - flushed
        time.sleep(0.02)
    raise TimeoutError(f"trace {trace.id} is not visible after {DEADLINE} s")


def is_whole(trace_id: str) -> bool:
    try:
        trace = langfuse.client.trace.get(trace_id)
    except NotFoundError:
        return False
    return len(trace.observations) == 2 and trace.total_cost > 0


print(json.dumps([seconds_to_visible() for _ in range(int(sys.argv[1]))]))
