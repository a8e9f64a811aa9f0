"""Saved dashboards in the pages: made, filled, moved, cloned, deleted; each chart as the rows are."""

from typing import Any

import pytest
from django.test import Client

from accounts.audit import SYSTEM
from analytics.charts.bars import BarChart
from analytics.charts.donut import Donut
from analytics.charts.histogram import Histogram
from analytics.charts.series import SeriesChart
from analytics.dashboards.tiles import BigNumber, Table
from analytics.models import Dashboard, Widget
from analytics.saved.changes import add_placement, create_dashboard, create_widget
from tests.analytics.ui.test_boards import DAY, make_day
from tests.cast import Cast

COST = {"measure": "totalCost", "agg": "sum"}
COUNT = {"measure": "count", "agg": "count"}


def make_dashboard(project_id: str, *widgets: dict[str, Any]) -> str:
    dashboard = create_dashboard(project_id, {"name": "Team"}, author=SYSTEM)
    for columns in widgets:
        defaults = {"name": "w", "view": "observations", "dimensions": [], "metrics": [COST], "filters": []}
        config = {"chart_config": {"type": columns["chart_type"]}}
        widget = create_widget(project_id, defaults | config | columns, author=SYSTEM)
        add_placement(project_id, dashboard.id, {"type": "widget", "widgetId": widget.id}, author=SYSTEM)
    return f"/project/{project_id}/dashboards/saved/{dashboard.id}"


def by(field: str) -> list[dict[str, str]]:
    return [{"field": field}]


@pytest.fixture
def project_id(client: Client, cast: Cast) -> str:
    make_day(cast.a.project_id)
    client.force_login(cast.owner)
    return cast.a.project_id


def chart_of(client: Client, path: str, **query: str) -> Any:
    answer = client.get(path, DAY | query)
    assert answer.status_code == 200
    (tile,) = answer.context["tiles"]
    assert tile.error == ""
    return tile.chart


def test_a_number_a_ring_and_bars(client: Client, project_id: str) -> None:
    number = chart_of(client, make_dashboard(project_id, {"chart_type": "NUMBER"}))
    assert isinstance(number, BigNumber) and number.value == "$2.50"
    split = {"dimensions": by("providedModelName"), "metrics": [COST]}
    ring = chart_of(client, make_dashboard(project_id, {"chart_type": "PIE", **split}))
    assert isinstance(ring, Donut) and [key.name for key in ring.keys] == ["gpt"]
    bars = chart_of(client, make_dashboard(project_id, {"chart_type": "HORIZONTAL_BAR", **split}))
    assert isinstance(bars, BarChart) and (bars.bars[0].name, bars.bars[0].value) == ("gpt", "$2.50")
    assert [one.id for one in client.get(bars.bars[0].href).context["traces"]] == ["t"]


def test_series_have_gaps_where_nothing_was(client: Client, project_id: str) -> None:
    metrics = [{"measure": "latency", "agg": "p95"}]
    path = make_dashboard(project_id, {"chart_type": "LINE_TIME_SERIES", "metrics": metrics})
    chart = chart_of(client, path)
    assert isinstance(chart, SeriesChart)
    said = [spot.title for spot in chart.spots if not spot.title.endswith("nothing")]
    assert len(chart.spots) == 24 and len(said) == 1 and said[0].startswith("May 4, 12:00")


def test_a_range_that_begins_within_a_day_says_so(client: Client, project_id: str) -> None:
    path = make_dashboard(project_id, {"chart_type": "BAR_TIME_SERIES", "metrics": [COUNT]})
    chart = chart_of(client, path, **{"from": "2026-05-01T11:00", "to": "2026-05-08T11:00"})
    assert chart.spots[0].title.startswith("May 1, 11:00 – 00:00")
    assert "from=2026-05-01T11%3A00" in chart.spots[0].href
    assert chart.spots[-1].title.startswith("May 8, 00:00 – 11:00")


def test_a_histogram_a_table_and_columns(client: Client, project_id: str) -> None:
    values = {"view": "scores-numeric", "metrics": [{"measure": "value", "agg": "histogram"}]}
    histogram = chart_of(client, make_dashboard(project_id, {"chart_type": "HISTOGRAM", **values}))
    assert isinstance(histogram, Histogram) and histogram.summary.startswith("2 values")
    split = {"dimensions": by("type"), "metrics": [{"measure": "count", "agg": "count"}]}
    table = chart_of(client, make_dashboard(project_id, {"chart_type": "PIVOT_TABLE", **split}))
    assert isinstance(table, Table)
    assert sorted(row[0].text for row in table.rows) == ["GENERATION", "TOOL"]
    columns = chart_of(client, make_dashboard(project_id, {"chart_type": "VERTICAL_BAR", **split}))
    assert isinstance(columns, Histogram) and len(columns.spots) == 2


def test_a_histogram_keeps_room_for_bins_without_values(client: Client, project_id: str) -> None:
    values = {"view": "scores-numeric", "metrics": [{"measure": "value", "agg": "histogram"}]}
    chart = chart_of(client, make_dashboard(project_id, {"chart_type": "HISTOGRAM", **values}))
    heights = [spot.title.split("\n")[-1] for spot in chart.spots]
    assert len(heights) == 10 and heights[0] == heights[-1] != heights[5]


def test_the_outer_edges_of_a_histogram_stay_within_it(client: Client, project_id: str) -> None:
    values = {"view": "scores-numeric", "metrics": [{"measure": "value", "agg": "histogram"}]}
    text = client.get(make_dashboard(project_id, {"chart_type": "HISTOGRAM", **values}), DAY).content.decode()
    assert '<text x="0.0%" y="15" class="first">' in text and '<text x="100.0%" y="15" class="last' in text


def test_filters_of_the_dashboard_and_the_environment(client: Client, project_id: str) -> None:
    path = make_dashboard(
        project_id, {"chart_type": "NUMBER", "metrics": [{"measure": "count", "agg": "count"}]}
    )
    assert chart_of(client, path).value == "2"
    assert chart_of(client, path, environment="staging").value == "0"
    tools = {"column": "type", "type": "stringOptions", "operator": "any of", "value": ["TOOL"]}
    unknown = {"column": "value", "type": "number", "operator": ">", "value": 1}
    Dashboard.objects.update(filters=[tools, unknown])
    assert chart_of(client, path).value == "1"


def test_a_dashboard_is_made_filled_and_rearranged_by_forms(client: Client, project_id: str) -> None:
    base = f"/project/{project_id}/dashboards"
    path = client.post(f"{base}/new", {"name": "Ours", "description": "d"}).headers["Location"]
    form = {"name": "Cost", "measure": "totalCost", "agg": "sum", "chart_type": "NUMBER", "filters": ""}
    assert client.post(f"{path}/widgets/new?view=observations", form).headers["Location"] == path
    dashboard = Dashboard.objects.get()
    (placed,) = dashboard.placements
    client.post(f"{path}/widgets/new", {"widget": placed["widgetId"]})
    place = {"x": 9, "y": 0, "width": 6, "height": 3}
    client.post(f"{path}/tiles/{placed['id']}", place)
    dashboard.refresh_from_db()
    assert dashboard.placements[0] == placed | place | {"x": 6}
    client.post(f"{path}/tiles/{placed['id']}", {"remove": "1"})
    clone = client.post(f"{path}/clone").headers["Location"]
    client.post(f"{path}/edit", {"name": "Renamed"})
    assert [tile.chart.value for tile in client.get(clone, DAY).context["tiles"]] == ["$2.50"]
    assert "Renamed" in client.get(base).content.decode()
    client.post(f"{path}/delete")
    assert Dashboard.objects.get().name == "Ours (copy)" and Widget.objects.count() == 1


def test_a_new_dashboard_has_a_page_of_its_own(client: Client, project_id: str) -> None:
    path = f"/project/{project_id}/dashboards/new"
    assert 'name="name"' in client.get(path).content.decode()
    assert client.post(path, {"description": "kept"}).status_code == 400
    assert client.post(path).status_code == 400 and not Dashboard.objects.exists()


def test_tiles_stand_side_by_side_until_a_row_is_full(project_id: str) -> None:
    make_dashboard(project_id, *[{"chart_type": "NUMBER"}] * 3)
    spots = [(one["x"], one["y"]) for one in Dashboard.objects.get().placements]
    assert spots == [(0, 0), (6, 0), (0, 6)]


def test_a_tile_that_can_not_be_moved_stays_and_says_why(client: Client, project_id: str) -> None:
    path = make_dashboard(project_id, {"chart_type": "NUMBER"})
    (before,) = Dashboard.objects.get().placements
    place = {"x": 0, "y": 0, "width": 13, "height": 3}
    answer = client.post(f"{path}/tiles/{before['id']}", place, follow=True)
    assert "Columns: Ensure this value is less than or equal to 12." in answer.content.decode()
    assert Dashboard.objects.get().placements == [before]


def test_tiles_move_up_and_down_and_change_their_width(client: Client, project_id: str) -> None:
    path = make_dashboard(project_id, *[{"chart_type": "NUMBER"}] * 2)
    first, second = Dashboard.objects.get().placements
    at = f"{path}/tiles/{second['id']}?range=24h"
    assert client.post(at, {"step": "earlier"}).headers["Location"] == f"{path}?range=24h"
    assert [one["x"] for one in Dashboard.objects.get().placements] == [6, 0]
    client.post(at, {"fill": "12"})
    assert Dashboard.objects.get().placements == [first | {"x": 6, "y": 6}, second | {"x": 0, "width": 12}]
    assert client.post(f"{path}/tiles/none", {"step": "earlier"}).status_code == 404
    assert client.post(f"{path}/tiles/none", {"fill": "12"}).status_code == 404


def test_filters_of_all_tiles_are_said(client: Client, project_id: str) -> None:
    path = make_dashboard(project_id, {"chart_type": "NUMBER"})
    Dashboard.objects.update(filters=[{"column": "type", "type": "string", "operator": "=", "value": "TOOL"}])
    assert "<b>Type is TOOL</b>" in client.get(path).content.decode()


def test_legends_and_heads_speak_as_the_form_does(client: Client, project_id: str) -> None:
    split = {"dimensions": by("providedModelName"), "metrics": [COST, {"measure": "latency", "agg": "p95"}]}
    table = chart_of(client, make_dashboard(project_id, {"chart_type": "PIVOT_TABLE", **split}))
    assert table.heads == ["Model", "Total cost", "p95 latency"]
    assert [row[0].text for row in table.rows] == ["gpt", "No model"]


def test_viewers_look_and_outsiders_find_nothing(client: Client, cast: Cast, project_id: str) -> None:
    path = make_dashboard(project_id, {"chart_type": "NUMBER"})
    client.force_login(cast.viewer)
    text = client.get(path, DAY).content.decode()
    assert "$2.50" in text and "Add a widget" not in text
    assert client.post(f"{path}/delete").status_code == 403
    client.force_login(cast.outsider)
    assert client.get(path).status_code == 404 and client.post(f"{path}/delete").status_code == 404
    theirs = f"/project/{cast.b.project_id}/dashboards/saved/{path.rsplit('/', 1)[1]}"
    for method, end in (("get", ""), ("post", "/clone"), ("post", "/delete"), ("get", "/widgets/new")):
        assert getattr(client, method)(theirs + end).status_code == 404
    assert Dashboard.objects.count() == 1
