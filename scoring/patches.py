"""A score event in, what it says of its score out, or why it is refused: all that needs no stored score."""

import uuid
from collections.abc import Mapping

from langfuse_site.lib.times import to_micros
from scoring.fold import Content, Origin, ScorePatch
from scoring.verdicts import ConfigRules, Dropped, Verdict, judge
from scoring.wire import ScoreBody
from tracing.companions import Source, SourcedEvent
from tracing.store.rejects import Refused
from tracing.wire.decode import WireEvent
from tracing.wire.events import DEFAULT_ENVIRONMENT, environment_of, utc
from tracing.wire.payloads import metadata_of

NAMELESS = uuid.UUID("2f1c9d4e-7a55-4a8f-9a5e-3c0d8b6e1f27")
"""The namespace of ids for scores that came without: one event sent twice makes one score."""


def body_of(event: WireEvent) -> ScoreBody:
    """Return the event's body, which the decoder has made by its type."""
    if not isinstance(event.body, ScoreBody):
        raise TypeError(f"{event.type} is no score event")
    return event.body


def patch_of(sourced: SourcedEvent, configs: Mapping[str, ConfigRules]) -> ScorePatch | Refused:
    """Return what the event says of its score; `configs` holds those of the project that events name."""
    event, body = sourced.event, body_of(sourced.event)
    verdict = judge(body, configs.get(body.config_id or ""))
    if isinstance(verdict, Dropped):
        return Refused(verdict.reason, event.id, f"score {body.id or ''} {body.name}")
    return ScorePatch(
        id=body.id or str(uuid.uuid5(NAMELESS, event.id)),
        clock=(to_micros(event.time), event.index),
        origin=_origin(event, body),
        content=_content(body, verdict, sourced.source),
        received_at=sourced.source.received_at,
        metadata=metadata_of(body.metadata),
    )


def _origin(event: WireEvent, body: ScoreBody) -> Origin:
    return Origin(
        timestamp=utc(body.given_at) if body.given_at else event.time,
        environment=environment_of(body.environment) or DEFAULT_ENVIRONMENT,
        trace_id=body.trace_id or None,
        observation_id=body.observation_id or None,
        session_id=body.session_id or None,
        dataset_run_id=body.dataset_run_id or None,
    )


def _content(body: ScoreBody, verdict: Verdict, source: Source) -> Content:
    return Content(
        name=verdict.name,
        value=verdict.value,
        string_value=verdict.string_value,
        long_string_value=verdict.long_string_value,
        data_type=verdict.data_type,
        source=body.source or "API",
        comment=body.comment,
        config_id=body.config_id or None,
        queue_id=body.queue_id or None,
        execution_trace_id=body.execution_trace_id or None,
        api_key_id=source.api_key_id,
        sdk_name=source.sdk_name,
        sdk_version=source.sdk_version,
    )
