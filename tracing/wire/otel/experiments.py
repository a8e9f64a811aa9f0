"""A span in, what it says of the experiment that it is part of out."""

from datetime import datetime
from typing import Any

from langfuse_site.lib.exact_json import exact_loads
from tracing.wire.otel.io.values import json_of
from tracing.wire.otel.spans import Attributes, Span
from tracing.wire.payloads import storable_numbers

ID = "langfuse.experiment.id"
TEXTS = {
    "name": "langfuse.experiment.name",
    "description": "langfuse.experiment.description",
    "dataset_id": "langfuse.experiment.dataset.id",
    "item_id": "langfuse.experiment.item.id",
    "expected_output": "langfuse.experiment.item.expected_output",
    "root_observation_id": "langfuse.experiment.item.root_observation_id",
}
METADATA = {
    "metadata": "langfuse.experiment.metadata",
    "item_metadata": "langfuse.experiment.item.metadata",
}
ITEM_VERSION = "langfuse.experiment.item.version"


def experiment_of(span: Span) -> dict[str, Any] | None:
    """Return what a span says of its experiment, storable as jsonb; None where it names none.

    Keys, each only where it is said: id, name, description, dataset_id, item_id, expected_output,
    root_observation_id (texts), item_version (an ISO date), metadata, item_metadata (objects, or a text
    that holds none).
    """
    said = span.attributes
    if not said.get(ID):
        return None
    found: dict[str, Any] = {"id": _text(said[ID])}
    found |= {name: _text(said[key]) for name, key in TEXTS.items() if key in said}
    found |= {name: value for name, key in METADATA.items() if (value := _metadata(said, key)) is not None}
    version = said.get(ITEM_VERSION)
    if isinstance(version, str) and _is_date(version):
        found["item_version"] = version
    return found


def _text(value: Any) -> str:
    return value if isinstance(value, str) else bytes(json_of(value) or b"").decode()


def _metadata(said: Attributes, key: str) -> Any:
    """Return metadata sent as JSON of an object, or with an attribute for each of its keys, or both."""
    whole = _parsed(said[key]) if key in said else None
    if whole is not None and not isinstance(whole, dict):
        return _text(said[key])
    prefix = f"{key}."
    parts = {name[len(prefix) :]: _parsed(said[name]) for name in said if name.startswith(prefix)}
    return {**(whole or {}), **parts} if whole is not None or parts else None


def _parsed(value: Any) -> Any:
    """Return a string as the JSON that it holds, with no number that jsonb would write out endlessly."""
    source = json_of(value)
    return value if source is None else exact_loads(storable_numbers(bytes(source)))


def _is_date(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
