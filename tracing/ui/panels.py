"""A trace or one of its observations in; the panel beside the tree out: facts, payloads, cost, scores."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from langfuse_site.lib.exact_json import exact_dumps, exact_loads
from prompts.queries import list_versions
from prompts.ui.links import prompt_address
from tracing.companions import companions
from tracing.queries.observations import ObservationRow
from tracing.queries.spans import SpanNotes, get_notes
from tracing.queries.traces import TraceRow
from tracing.ui.payloads import Shown, indented, show
from tracing.ui.spans import PUBLIC_KEY, counted

_QUANTITIES = msgspec.json.Decoder(dict[str, Decimal])


@dataclass(frozen=True, slots=True)
class CostLine:
    """What one kind of unit came to; the price is missing where the client sent the cost itself."""

    key: str
    quantity: Decimal | None
    price: Decimal | None
    cost: Decimal | None


@dataclass(frozen=True, slots=True)
class LinkedPrompt:
    """The version that a generation was made with; `link` empty: it is deleted."""

    name: str
    number: int | None
    link: str


@dataclass(frozen=True, slots=True)
class Panel:
    title: str
    type: str
    id: str
    started: datetime
    duration: timedelta | None
    to_first_token: timedelta | None
    row: TraceRow | ObservationRow
    input: Shown | None
    output: Shown | None
    metadata: str
    cost_lines: list[CostLine]
    scores: list[dict[str, Any]]
    parameters: str
    notes: SpanNotes = SpanNotes()
    calls: Sequence[str] = ()
    prompt: LinkedPrompt | None = None


def trace_panel(project_id: str, trace: TraceRow) -> Panel:
    return Panel(
        title=trace.name or "Unnamed trace",
        type="TRACE",
        id=(trace.long_ids or {}).get("id", trace.id),
        started=trace.timestamp,
        duration=timedelta(seconds=trace.latency) if trace.first_start else None,
        to_first_token=None,
        row=trace,
        input=show(trace.input, trace.input_form),
        output=show(trace.output, trace.output_form),
        metadata=_metadata(trace.metadata),
        cost_lines=[],
        scores=_scores(project_id, trace.id, None),
        parameters="",
    )


def observation_panel(project_id: str, observation: ObservationRow) -> Panel:
    started, first = observation.start_time, observation.completion_start_time
    wire_id = (observation.long_ids or {}).get("id", observation.id)
    notes = get_notes(project_id, observation.id)
    return Panel(
        title=observation.name or f"Unnamed {observation.type.lower()}",
        type=observation.type,
        id=wire_id,
        started=started,
        duration=observation.end_time - started if observation.end_time else None,
        to_first_token=first - started if first else None,
        row=observation,
        input=show(observation.input, observation.input_form),
        output=show(observation.output, observation.output_form),
        metadata=_metadata(observation.metadata),
        cost_lines=cost_lines(observation),
        scores=_scores(project_id, observation.trace_id, wire_id),
        parameters=_metadata(observation.model_parameters or "{}"),
        notes=notes,
        calls=counted(notes.tool_call_names),
        prompt=_prompt(project_id, observation),
    )


def without_keys(panel: Panel) -> Panel:
    """Return the panel for visitors: SDKs say in a span's scope which API key they send with."""
    if PUBLIC_KEY not in panel.metadata:
        return panel
    said = exact_loads(panel.metadata)
    scope = said.get("scope") if isinstance(said, dict) else None
    attributes = scope.get("attributes") if isinstance(scope, dict) else None
    if not isinstance(attributes, dict) or PUBLIC_KEY not in attributes:
        return panel
    del attributes[PUBLIC_KEY]
    return replace(panel, metadata=_metadata(exact_dumps(said)))


def cost_lines(row: ObservationRow) -> list[CostLine]:
    """Return quantity × price = cost by usage key, the total last."""
    usage = _QUANTITIES.decode(row.usage_details)
    costs = _QUANTITIES.decode(row.cost_details)
    prices = _QUANTITIES.decode(row.prices) if row.prices else {}
    keys = [key for key in dict.fromkeys([*usage, *costs]) if key != "total"]
    if "total" in usage or "total" in costs:
        keys.append("total")
    return [CostLine(key, usage.get(key), prices.get(key), costs.get(key)) for key in keys]


def _prompt(project_id: str, row: ObservationRow) -> LinkedPrompt | None:
    if row.prompt_id is None:
        return None
    found = list_versions(project_id).filter(pk=row.prompt_id).values_list("prompt__name", "version").first()
    if found is None:
        return LinkedPrompt(row.prompt_name or "", row.prompt_version, "")
    name, number = found
    return LinkedPrompt(name, number, prompt_address(project_id, name).to(version=number))


def _metadata(text: str) -> str:
    return "" if text in {"", "{}", "null"} else indented(text)


def _scores(project_id: str, trace_key: str, observation_id: str | None) -> list[dict[str, Any]]:
    scores = (score for companion in companions() for score in companion.for_trace(project_id, trace_key))
    return [score for score in scores if score.get("observationId") == observation_id]
