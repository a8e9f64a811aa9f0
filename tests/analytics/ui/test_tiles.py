"""Tiles that take too long: the page comes anyway, and says what to do."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from analytics.dashboards.ranges import read_range
from analytics.dashboards.scope import Scope
from analytics.models import Dashboard, Widget
from analytics.saved.charts import TOO_SLOW
from analytics.ui.tiles import TOO_LATE, draw, tiles_of
from tests.analytics.ui.test_boards import DAY
from tests.analytics.ui.test_saved import make_dashboard
from tests.cast import Cast

NOW = datetime(2026, 5, 6, tzinfo=UTC)
BY_ROWS = {"type": "string", "column": "name", "operator": "contains", "value": "a"}


def scope_of(project_id: str) -> Scope:
    return Scope((project_id,), read_range(DAY, NOW))


@pytest.mark.django_db(transaction=True)
def test_a_tile_that_is_cut_off_asks_for_less(cast: Cast) -> None:
    project_id = cast.a.project_id
    make_dashboard(project_id, {"chart_type": "NUMBER", "filters": [BY_ROWS]})
    dashboard, widget, other = Dashboard.objects.get(), Widget.objects.get(), connection.copy()
    try:
        other.set_autocommit(False)
        other.cursor().execute("lock table observations in access exclusive mode")
        drawing = draw(project_id, widget, dashboard, scope_of(project_id), now=NOW, seconds=0.05)
    finally:
        other.close()
    assert (drawing.chart, drawing.error) == (None, TOO_SLOW)


def test_tiles_beyond_the_time_of_a_page_are_named_only(cast: Cast) -> None:
    project_id = cast.a.project_id
    make_dashboard(project_id, {"chart_type": "NUMBER"})
    (tile,) = tiles_of(project_id, Dashboard.objects.get(), scope_of(project_id), now=NOW, seconds=0)
    assert (tile.title, tile.chart, tile.error) == ("w", None, TOO_LATE)
