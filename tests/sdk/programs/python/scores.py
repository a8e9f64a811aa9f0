"""Scores of every type: of a trace, an observation, a session; one sent twice, with a time of its own if asked."""

import json
import sys
from datetime import UTC, datetime

from langfuse import get_client, propagate_attributes

TIME = datetime.now(UTC) if sys.argv[1:] == ["timed"] else None

langfuse = get_client()
with (
    propagate_attributes(session_id="session-scores"),
    langfuse.start_as_current_observation(name="scored") as root,
):
    langfuse.score_current_trace(
        name="correct", value=0.9, comment="close", metadata={"judge": {"name": "ann"}}
    )
    langfuse.score_current_span(name="tone", value="kind", data_type="CATEGORICAL")
    with langfuse.start_as_current_observation(name="step", as_type="generation") as step:
        step.score(name="polite", value=1, data_type="BOOLEAN")
        step.score_trace(name="zero", value=0)
langfuse.create_score(trace_id=root.trace_id, name="done", value=0, data_type="BOOLEAN")
langfuse.create_score(session_id="session-scores", name="satisfied", value=4.5)
mine = f"score-of-{root.trace_id}"
for value in (1, 2):
    langfuse.create_score(
        score_id=mine,
        trace_id=root.trace_id,
        observation_id=step.id,
        name="mine",
        value=value,
        timestamp=TIME,
    )
    langfuse.flush()
print(json.dumps({"trace": root.trace_id, "root": root.id, "step": step.id, "mine": mine}))
