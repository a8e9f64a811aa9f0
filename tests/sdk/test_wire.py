"""Recorded bodies of the real SDKs in, decoded events out: none is rejected, none lost."""

import json
from pathlib import Path

import pytest

from tracing.ingest.intake import companion_bodies
from tracing.wire.decode import decode_batch

RECORDED = sorted((Path(__file__).parent / "wire").glob("*.json"))


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_every_event_of_a_real_sdk_is_accepted(path: Path) -> None:
    for body in json.loads(path.read_text(encoding="utf-8")):
        decoded = decode_batch(json.dumps(body).encode(), bodies=companion_bodies())
        assert decoded.rejections == []
        assert [event.id for event in decoded.events] == [event["id"] for event in body["batch"]]


def test_there_are_recordings_of_both_languages() -> None:
    names = {path.stem for path in RECORDED}
    assert {"langfuse3_main", "low_level", "llama_index_query"} <= names
