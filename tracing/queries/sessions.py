"""A project in, rows of its sessions and of its users out."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from django.db.models import Count, F, Max, Min, QuerySet, Sum

from tracing.models import Session, Trace
from tracing.queries.pages import Page, read_page

SESSION_COLUMNS = ("id", "long_id", "environment", "created_at")
USER_COLUMNS = (
    *("user_id", "first_trace", "last_trace", "trace_count", "observation_total"),
    *("input_total", "output_total", "token_total", "cost_total"),
)


class SessionRow(msgspec.Struct, frozen=True, gc=False):
    id: str
    long_id: str | None
    environment: str
    created_at: datetime


class UserRow(msgspec.Struct, frozen=True, gc=False):
    """A user and the sums over the user's traces."""

    id: str
    first_trace: datetime
    last_trace: datetime
    trace_count: int
    observation_count: int
    input_tokens: int
    output_tokens: int
    total_tokens: int
    total_cost: Decimal


def sessions_of(project_id: str) -> QuerySet[Session]:
    """Return all sessions of the project, to be narrowed by filters."""
    return Session.objects.filter(project_id=project_id)


def list_sessions(rows: QuerySet[Session], *, offset: int, limit: int) -> Page[SessionRow]:
    """Return a page of `rows`, the latest created first."""
    ordered = rows.order_by("-created_at", "-id")
    return read_page(ordered, SESSION_COLUMNS, into=SessionRow, offset=offset, limit=limit)


def get_session(project_id: str, session_id: str) -> SessionRow | None:
    """Return the session with this key."""
    row: Any = sessions_of(project_id).filter(id=session_id).values_list(*SESSION_COLUMNS).first()
    return SessionRow(*row) if row else None


def list_users(traces: QuerySet[Trace], *, offset: int, limit: int) -> Page[UserRow]:
    """Return a page of the users of `traces`, those with the most traces first."""
    users = (
        traces.filter(user_id__isnull=False)
        .values("user_id")
        .annotate(
            first_trace=Min("timestamp"),
            last_trace=Max("timestamp"),
            trace_count=Count("*"),
            observation_total=Sum("observation_count"),
            input_total=Sum("input_tokens"),
            output_total=Sum("output_tokens"),
            token_total=Sum("total_tokens"),
            cost_total=Sum("total_cost"),
        )
        .order_by(F("trace_count").desc(), "user_id")
    )
    return read_page(users, USER_COLUMNS, into=UserRow, offset=offset, limit=limit)
