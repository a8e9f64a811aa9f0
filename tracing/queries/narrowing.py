"""What a page asks of the traces of a project in, the traces narrowed to that out.

What is asked of observations and of what rides on traces is asked of those in the range themselves: a trace that
began before it may hold one.
"""

from datetime import datetime
from typing import Any

import msgspec
from django.db.models import Q, QuerySet
from django.db.models.functions import Left

from langfuse_site.lib.ids import key_of
from tracing.companions import companions
from tracing.models import Observation, Trace
from tracing.models.traces import INDEXED_PREFIX

MISSING = {"name": "name", "user": "user_id", "session": "session_id"}
"""What a trace may be asked to be without."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a page asks for; an empty text asks for nothing."""

    start: datetime | None = None
    end: datetime | None = None
    """Not part of the range."""
    name: str = ""
    without: str = ""
    """One of MISSING."""
    user: str = ""
    session: str = ""
    """As its client named it."""
    environment: str = ""
    tag: str = ""
    errors: str = ""
    """Anything: traces with an observation of level ERROR."""

    level: str = ""
    model: str = ""
    prompt: str = ""
    prompt_version: str = ""
    type: str = ""
    step: str = ""
    """The name of an observation."""
    score: str = ""

    @property
    def of_observations(self) -> dict[str, Any]:
        """Return the columns of an observation that are asked for."""
        asked = {
            "level": self.level,
            "model": self.model,
            "prompt_name": self.prompt,
            "prompt_version": int(self.prompt_version) if self.prompt_version.isdecimal() else "",
            "type": self.type,
            "name": self.step,
        }
        return {column: value for column, value in asked.items() if value != ""}


def narrow(project_id: str, rows: QuerySet[Trace], asked: Asked) -> QuerySet[Trace]:
    """Return those of the project's traces that are asked for."""
    rows = rows.filter(_of_trace(asked))
    if asked.user:
        rows = rows.alias(user_prefix=Left("user_id", INDEXED_PREFIX)).filter(
            user_prefix=asked.user[:INDEXED_PREFIX], user_id=asked.user
        )
    if asked.of_observations:
        rows = rows.filter(id__in=_traces_of_observations(project_id, asked))
    for companion in companions() if asked.score else ():
        found = companion.traces_with(project_id, asked.score, start=asked.start, end=asked.end)
        rows = rows.filter(id__in=found)
    if asked.of_observations or asked.score:
        return rows
    return rows.filter(_within("timestamp", asked))


def _of_trace(asked: Asked) -> Q:
    asks = Q()
    for column, value in (("name", asked.name), ("environment", asked.environment)):
        asks &= Q(**{column: value}) if value else Q()
    if asked.session:
        asks &= Q(session_id=key_of(asked.session))
    if asked.tag:
        asks &= Q(tags__contains=[asked.tag])
    if asked.without in MISSING:
        asks &= Q(**{f"{MISSING[asked.without]}__isnull": True})
    return asks & Q(error_count__gt=0) if asked.errors else asks


def _traces_of_observations(project_id: str, asked: Asked) -> QuerySet[Observation, str]:
    rows = Observation.objects.filter(_within("start_time", asked), project_id=project_id)
    if asked.prompt:
        rows = rows.filter(prompt_id__isnull=False)
    return rows.filter(**asked.of_observations).values_list("trace_id", flat=True)


def _within(column: str, asked: Asked) -> Q:
    within = Q()
    if asked.start is not None:
        within &= Q(**{f"{column}__gte": asked.start})
    if asked.end is not None:
        within &= Q(**{f"{column}__lt": asked.end})
    return within
