"""Rows of experiments and their items in, the JSON of the API out."""

from collections.abc import Collection, Sequence
from typing import Any

from django.utils.dateparse import parse_datetime

from datasets.queries import ExperimentRow, ItemRow
from langfuse_site.lib.times import to_wire
from tracing.api.payloads import Spliced, payload, stored_json
from tracing.api.shapes import wire_id
from tracing.queries.conditions import utc
from tracing.wire.payloads import form_of_text

Shape = dict[str, Any]


def experiment_shape(row: ExperimentRow, groups: Collection[str], scores: Sequence[Shape]) -> Shape:
    """Return an experiment with the groups of fields that were asked for."""
    id_ = row.wire_id or row.experiment_id
    shape: Shape = {
        "id": id_,
        "name": row.label or id_,
        "description": row.description,
        "startTime": to_wire(row.began),
        "endTime": to_wire(row.ended),
        "itemCount": row.item_count,
        "datasetId": row.dataset_id,
    }
    if "metadata" in groups:
        shape["metadata"] = _object(row.metadata)
    if "scores" in groups:
        shape["scores"] = list(scores)
    return shape


def item_shape(row: ItemRow, groups: Collection[str], scores: Sequence[Shape]) -> Shape:
    """Return an item with the groups of fields that were asked for."""
    experiment_id = row.experiment_wire_id or row.experiment_id
    shape: Shape = {
        "id": wire_id(row.long_ids, "id", row.id),
        "traceId": wire_id(row.long_ids, "trace_id", row.trace_id),
        "startTime": to_wire(row.start_time),
        "endTime": to_wire(row.end_time),
        "level": row.level,
        "environment": row.environment,
        "experimentId": experiment_id,
        "experimentName": row.experiment_name or experiment_id,
        "experimentItemId": row.item_id or row.id,
    }
    for group in groups:
        shape |= _group(row, group)
    if "scores" in groups:
        shape["scores"] = list(scores)
    return shape


def _group(row: ItemRow, group: str) -> Shape:
    match group:
        case "dataset":
            return {"experimentDatasetId": row.dataset_id, "experimentItemVersion": _moment(row.item_version)}
        case "io":
            return {
                "input": payload(row.input, row.input_form),
                "output": payload(row.output, row.output_form),
                "expectedOutput": _parsed(row.expected_output),
            }
        case "metadata":
            return {"metadata": _object(row.metadata)}
        case "itemMetadata":
            return {"experimentItemMetadata": _object(row.item_metadata)}
        case "experimentMetadata":
            metadata = _object(row.experiment_metadata)
            return {"experimentMetadata": metadata, "experimentDescription": row.description}
    return {}


def _object(text: str | None) -> Any:
    """Return JSON text as an object; what is none goes into one."""
    if text is None or text == "null":
        return None
    return stored_json(text) if text.startswith("{") else {"metadata": stored_json(text)}


def _parsed(text: str | None) -> Spliced:
    return payload(text, form_of_text(text)) if text else None


def _moment(text: str | None) -> str | None:
    """Return an ISO date as every response has it; one without a zone is taken as UTC."""
    try:
        moment = parse_datetime(text) if text else None
    except ValueError:
        return None
    return to_wire(utc(moment)) if moment else None
