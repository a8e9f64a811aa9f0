"""The ids of a trace and of its span, made elsewhere, in: the second half."""

import sys

from langfuse import get_client, propagate_attributes

trace_id, span_id = sys.argv[1:]
langfuse = get_client()
with (
    propagate_attributes(trace_name="long way", tags=["second"], metadata={"half": "second"}),
    langfuse.start_as_current_observation(
        name="second half", trace_context={"trace_id": trace_id, "parent_span_id": span_id}, input="halfway"
    ) as root,
):
    with langfuse.start_as_current_observation(
        name="second call", as_type="generation", model="gpt-4o"
    ) as generation:
        generation.update(usage_details={"input": 200, "output": 20})
    root.update(output="arrived")
langfuse.flush()
print("null")
