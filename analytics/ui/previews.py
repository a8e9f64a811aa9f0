"""The draft of a widget and a scope in; its chart out, or why there is none yet, and values to filter by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import OperationalError

from analytics.charts.series import span_label
from analytics.dashboards.scope import Scope
from analytics.metrics.parse import parse_query
from analytics.metrics.plan import plan_of
from analytics.metrics.query import Version
from analytics.metrics.run import run_query
from analytics.models import Dashboard, Widget
from analytics.saved.names import offered_dimensions
from analytics.saved.questions import check_widget
from analytics.ui.checks import check_draft
from analytics.ui.drafts import Draft
from analytics.ui.filters import kind_of
from analytics.ui.tiles import Drawing, draw
from langfuse_site.lib.errors import InvalidData
from tracing.queries.pages import was_cut_off

PREVIEW_SECONDS, SUGGEST_SECONDS = 5.0, 2.0
MOST_SUGGESTIONS = 50


@dataclass(frozen=True, slots=True)
class Preview:
    title: str
    drawing: Drawing
    span: str
    environment: str
    todo: str = ""
    """What is missing before it can be drawn."""


def preview_of(
    project_id: str, dashboard: Dashboard, draft: Draft, scope: Scope, *, now: datetime
) -> Preview:
    """Draw what is typed as the dashboard will show it."""
    columns = check_draft(draft)
    drawing, todo = Drawing(), ""
    if columns is None:
        todo = first_error(draft)
    else:
        widget = Widget(project_id=project_id, **columns)
        try:
            check_widget(widget)
            drawing = draw(project_id, widget, dashboard, scope, now=now, seconds=PREVIEW_SECONDS)
        except InvalidData as error:
            todo = str(error.issues[0]["message"])
    shown = scope.range
    span = shown.preset.name if shown.preset else span_label(shown.start, shown.end, shown.zone)
    return Preview(draft.title, drawing, span, scope.environment, todo)


def first_error(draft: Draft) -> str:
    """Return what is wrong with a draft, in the order of its form."""
    return next(iter([*draft.row_errors, *draft.errors.values()]), "")


def suggest(project_id: str, view: str, column: str, scope: Scope, *, now: datetime) -> Sequence[str]:
    """Return the values of a column that are most frequent in the range, where aggregates know them."""
    if kind_of(view, column) not in {"text", "array"} or column not in offered_dimensions(view):
        return ()
    version: Version = "v1" if view == "traces" else "v2"
    data = {
        "view": view,
        "dimensions": [{"field": column}],
        "metrics": [{"measure": "count", "aggregation": "count"}],
        "fromTimestamp": scope.range.start.isoformat(),
        "toTimestamp": (scope.range.end - timedelta(microseconds=1)).isoformat(),
        "orderBy": [{"field": "count_count", "direction": "desc"}],
        "config": {"row_limit": MOST_SUGGESTIONS},
    }
    query = parse_query(data, version=version)
    if plan_of(query) is None:
        return ()
    try:
        rows = run_query(project_id, query, now=now, seconds=SUGGEST_SECONDS)
    except OperationalError as error:
        if was_cut_off(error):
            return ()
        raise
    return [str(row[column]) for row in rows if row[column] not in {None, ""}]
