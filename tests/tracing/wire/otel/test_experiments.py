"""What spans say of the experiment that they are part of, as each SDK writes it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langfuse_site.lib.exact_json import exact_dumps
from tests.tracing.wire.otel.spans import SPAN, span
from tests.tracing.wire.otel.test_payloads import VALUES
from tracing.wire.otel.experiments import experiment_of

ITEM = {
    "langfuse.experiment.id": "8c1f8f3f5b5c0f0e",
    "langfuse.experiment.name": "nightly - 2026-01-02T03:04:05.000000Z",
    "langfuse.experiment.description": "with the new prompt",
    "langfuse.experiment.dataset.id": "ds-1",
    "langfuse.experiment.item.id": "item-1",
    "langfuse.experiment.item.expected_output": '{"answer": "Oslo"}',
    "langfuse.experiment.item.root_observation_id": SPAN,
}


def metadata(attributes: dict[str, Any]) -> Any:
    found = experiment_of(span({"langfuse.experiment.id": "e", **attributes}))
    assert found is not None
    return found.get("metadata")


def test_a_span_of_no_experiment() -> None:
    assert experiment_of(span({"langfuse.experiment.name": "x"})) is None
    assert experiment_of(span({"langfuse.experiment.id": ""})) is None


def test_an_item_s_root() -> None:
    assert experiment_of(span(ITEM)) == {
        "id": "8c1f8f3f5b5c0f0e",
        "name": "nightly - 2026-01-02T03:04:05.000000Z",
        "description": "with the new prompt",
        "dataset_id": "ds-1",
        "item_id": "item-1",
        "expected_output": '{"answer": "Oslo"}',
        "root_observation_id": SPAN,
    }


@pytest.mark.parametrize(
    ("attributes", "found"),
    [
        ({"langfuse.experiment.metadata": '{"model":"gpt-4o","t":0.5}'}, '{"model":"gpt-4o","t":0.5}'),
        (
            {
                "langfuse.experiment.metadata.model": "gpt-4o",
                "langfuse.experiment.metadata.n": 3,
                "langfuse.experiment.metadata.a.b": '{"c":[1.50]}',
            },
            '{"model":"gpt-4o","n":3,"a.b":{"c":[1.50]}}',
        ),
        (
            {"langfuse.experiment.metadata": '{"a":1}', "langfuse.experiment.metadata.b": "x"},
            '{"a":1,"b":"x"}',
        ),
        ({"langfuse.experiment.metadata": "just words"}, '"just words"'),
        ({"langfuse.experiment.metadata": "[1,2]"}, '"[1,2]"'),
        ({"langfuse.experiment.item.metadata": "{}"}, "null"),
        ({"langfuse.experiment.metadata": '{"n":1e99999,"s":"\\u0000"}'}, '{"n":"1e99999","s":"\ufffd"}'),
    ],
    ids=["py3, py5, js5", "py4", "both", "text", "no object", "only the item's", "what jsonb can't hold"],
)
def test_metadata(attributes: dict[str, Any], found: str) -> None:
    assert exact_dumps(metadata(attributes)) == found


def test_an_item_s_own_metadata() -> None:
    found = experiment_of(span({**ITEM, "langfuse.experiment.item.metadata": '{"level":"hard"}'}))
    assert found is not None
    assert found["item_metadata"] == {"level": "hard"}


@pytest.mark.parametrize(
    ("version", "is_kept"),
    [
        ("2026-01-02T03:04:05.678Z", True),
        ("2026-01-02T03:04:05+00:00", True),
        ("2026-01-02", True),
        ("v3", False),
        ("", False),
        (3, False),
    ],
)
def test_an_item_s_version_is_a_date(version: Any, is_kept: bool) -> None:
    found = experiment_of(span({**ITEM, "langfuse.experiment.item.version": version}))
    assert found is not None
    assert found.get("item_version") == (version if is_kept else None)


@given(
    st.dictionaries(
        st.sampled_from(
            [*ITEM, "langfuse.experiment.item.version", "langfuse.experiment.metadata"]
            + ["langfuse.experiment.metadata.a", "langfuse.experiment.item.metadata", "other"]
        ),
        VALUES,
    )
)
def test_whatever_is_sent(attributes: dict[str, Any]) -> None:
    found = experiment_of(span(attributes))
    assert found is None or "\\u0000" not in exact_dumps(found)
