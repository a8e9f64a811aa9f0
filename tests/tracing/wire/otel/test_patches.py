"""The entry of the mapping: times, and that no attribute whatever breaks a batch."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tracing.wire.otel.mapped import NOW, observation, patches, rows
from tests.tracing.wire.otel.spans import PARENT, START, event, span
from tracing.ingest.clocks import pack
from tracing.wire.otel import fields, metadata, parameters, reading, trace, types, usage, vercel
from tracing.wire.otel.payloads import IO_KEYS
from tracing.wire.otel.times import LAST_NANOSECOND

NOON = datetime(2024, 5, 1, 12, 0, 0, 123000, tzinfo=UTC)
MICROS = START // 1000


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (START, START + 999_999, (MICROS, False, NOON, NOON.replace(microsecond=124000))),
        (START, None, (MICROS, False, NOON, NOON)),
        (None, START, (MICROS, False, NOON, NOON)),
        (0, START, (MICROS, False, NOON, NOON)),
        (10**40, START, (MICROS, False, NOON, NOON)),
        (START, -5, (MICROS, False, NOON, NOON)),
        (None, None, (int(NOW.timestamp()) * 10**6, True, NOW, NOW)),
    ],
)
def test_times(start: int | None, end: int | None, expected: Any) -> None:
    patch = observation(span(start=start, end=end))
    implied, moment = patch.first["start_time"]
    assert (patch.clock[0], implied, moment, patch.last["end_time"]) == expected


PREFIXES = (
    *(metadata.OBSERVATION_PARTS + metadata.TRACE_PARTS + metadata.PARTS + metadata.VERCEL_PARTS),
    *(usage.USAGE + parameters.PARTS),
)
KNOWN = sorted(
    {
        *(fields.NAME + fields.MODEL + fields.STATUS_MESSAGE + fields.FIRST_CHUNK),
        *(
            fields.LEVEL,
            fields.COMPLETION_START,
            fields.VERCEL_PROMPT,
            fields.OPERATION,
            fields.VERCEL_OPERATION,
        ),
        *(key for pair in fields.PROMPTS for key in pair),
        *(reading.ENVIRONMENT + reading.RELEASE + reading.VERSION + reading.RESOURCE_VERSION),
        *(trace.NAME + trace.USER + trace.SESSION + trace.TAGS + trace.PUBLIC + (trace.ROOT, trace.APP_ROOT)),
        *(types.UNMARKED_GENERATION + types.ANY_MODEL),
        *(
            "langfuse.observation.type",
            "openinference.span.kind",
            "genkit:metadata:subtype",
            "operation.name",
        ),
        *(usage.DETAILS, usage.COST_DETAILS, *usage.COST, usage.GENKIT_OUTPUT, usage.ADK_RESPONSE),
        *(attribute for _, attribute in vercel.USAGE),
        *(attribute for _, attributes in vercel.PARAMETERS for attribute in attributes),
        *("langfuse.metadata", "langfuse.trace.metadata", "langfuse.observation.metadata"),
        *("llm.invocation_parameters", "model_config", "langfuse.experiment.id", vercel.PROVIDER_METADATA),
        *(prefix + "x" for prefix in PREFIXES),
        *(f"gen_ai.usage.{name}" for names in usage.NAMES.values() for name in names),
        *IO_KEYS,
    }
)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
).map(json.dumps)
PLAIN = (
    *(
        TEXT,
        JSON,
        st.booleans(),
        st.integers(-(2**63), 2**64),
        st.floats(allow_nan=False, allow_infinity=False),
    ),
    st.sampled_from(
        [
            "",
            "true",
            "NaN",
            "1e400",
            "[1e400]",
            "9" * 50,
            "{",
            '"',
            '"\\ud800"',
            "[" * 200 + "]" * 200,
            "ai.toolCall",
        ]
    ),
)
VALUES = st.one_of(*PLAIN, st.lists(st.one_of(*PLAIN), max_size=3))
ATTRIBUTES = st.dictionaries(st.sampled_from(KNOWN) | TEXT, VALUES, max_size=8)
SCOPES = ["", "langfuse-sdk", "ai", "genkit-tracer", "gcp.vertex.agent", "livekit-agents", "pydantic-ai"]


@settings(max_examples=600, deadline=None)
@given(ATTRIBUTES, ATTRIBUTES, st.sampled_from(SCOPES), st.sampled_from([None, "", PARENT]), st.data())
def test_nothing_that_a_span_may_say_breaks_a_batch(
    said: dict[str, Any], resource: dict[str, Any], scope: str, parent: str | None, data: st.DataObject
) -> None:
    one = span(
        said,
        resource=resource,
        scope=scope,
        parent=parent,
        start=data.draw(st.none() | st.integers(-(10**40), 10**40)),
        events=[event("gen_ai.choice", data.draw(ATTRIBUTES))],
    )
    found = patches(one)
    assert [patch.kind for patch in found] == ["observation", "trace"]
    for patch in found:
        assert isinstance(json.loads(patch.metadata or "{}"), dict)
        assert None not in patch.last.values()
        assert "\\u0000" not in (patch.metadata or "").replace("\\\\", "")
    assert set(rows([[one]])) == {(patch.kind, patch.id) for patch in found}


def test_the_largest_clock_can_be_packed() -> None:
    patch = observation(span(start=LAST_NANOSECOND - 1, end=None))
    assert pack(("type",), {"type": (False, patch.clock)}, metadata=None, raw_end=None)
