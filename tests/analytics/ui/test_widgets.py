"""The form of a widget: names that people read, rows of filters, a preview, and nothing lost of what was typed."""

import json
from typing import Any

import pytest
from django.test import Client

from accounts.audit import SYSTEM
from analytics.dashboards.tiles import BigNumber
from analytics.models import Dashboard, Widget
from analytics.saved.changes import add_placement, create_dashboard, create_widget
from tests.analytics.ui.test_boards import DAY, make_day
from tests.analytics.ui.test_saved import make_dashboard
from tests.cast import Cast

FORM = {"name": "My widget", "measure": "totalCost", "agg": "sum", "chart_type": "NUMBER"}
AFTER_ALL = {"type": "string", "column": "name", "operator": "matches", "value": "x"}
DAY_QUERY = "from=2026-05-04&to=2026-05-05"


def rows(*given: tuple[str, str, str, str]) -> dict[str, list[str]]:
    """Return rows of filters as a form sends them."""
    return {
        name: list(column)
        for name, column in zip(("column", "how", "key", "value"), zip(*given, strict=True), strict=True)
    }


@pytest.fixture
def path(client: Client, cast: Cast) -> str:
    """The address of an empty dashboard, for its owner."""
    make_day(cast.a.project_id)
    client.force_login(cast.owner)
    return make_dashboard(cast.a.project_id)


def new(path: str, view: str = "observations") -> str:
    return f"{path}/widgets/new?view={view}&{DAY_QUERY}"


def edit(path: str, index: int = 0) -> str:
    return f"{path}/tiles/{Dashboard.objects.get(id=path.rsplit('/', 1)[1]).placements[index]['id']}/edit"


def preview(client: Client, address: str, form: dict[str, Any]) -> Any:
    answer = client.post(address, form | {"do": "preview"}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return answer.context["preview"]


def test_two_filters_make_a_widget_that_the_dashboard_draws(client: Client, path: str) -> None:
    filters = rows(
        ("type", "string:=", "", "GENERATION"), ("environment", "stringOptions:any of", "", "default, x")
    )
    answer = client.post(new(path), FORM | filters)
    assert answer.headers["Location"] == f"{path}?from=2026-05-04&to=2026-05-05"
    assert Widget.objects.get().filters == [
        {"type": "string", "column": "type", "operator": "=", "value": "GENERATION"},
        {"type": "stringOptions", "column": "environment", "operator": "any of", "value": ["default", "x"]},
    ]
    (tile,) = client.get(path, DAY).context["tiles"]
    assert tile.chart.value == "$2.50"
    assert tile.filters == "Type is GENERATION · Environment is any of default, x"


def test_a_widget_without_a_name_is_called_by_what_it_shows(client: Client, path: str) -> None:
    split = {"name": "", "dimension": ["providedModelName", ""], "chart_type": "PIE"}
    client.post(new(path), FORM | split)
    assert Widget.objects.get().name == "Total cost by model"


def test_the_form_speaks_as_people_do(client: Client, path: str) -> None:
    text = client.get(new(path)).content.decode()
    for words in (
        "Cost (US dollars)",
        "Time to first token (seconds)",
        "Model",
        "Horizontal bars",
        "Add a filter",
    ):
        assert words in text
    assert ">totalCost<" not in text and ">providedModelName<" not in text


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"measure": "nothing"}, "Choose what is measured."),
        ({"measure": "count", "agg": "p95"}, "says nothing of Observations: choose How many."),
        ({"agg": "histogram"}, "choose that chart"),
        ({"chart_type": "HISTOGRAM", "measure": "count"}, "measure something that varies"),
        ({"chart_type": "none"}, "Choose a chart."),
        ({"dimension": "userId", "chart_type": "LINE_TIME_SERIES"}, "User has too many values"),
        ({"dimension": "type"}, "is not split"),
        ({"dimension": "nope"}, "Choose what to split by"),
        ({"measure": ["totalCost", "latency"], "agg": ["sum", "p95"]}, "One number shows one measure"),
        (
            {"measure": ["totalCost", "latency"], "agg": ["sum", "p95"], "chart_type": "LINE_TIME_SERIES"},
            "different units",
        ),
        ({"row_limit": "5000", "chart_type": "PIE"}, "from 1 to 1,000"),
        ({"bins": "many", "chart_type": "HISTOGRAM"}, "from 1 to 100"),
        ({"name": "n" * 201}, "200 characters at most"),
        (rows(("promptVersion", "string:contains", "", "3")), "Prompt version is a number"),
        (rows(("promptVersion", "number:>", "", "three")), "A number is expected"),
        (rows(("promptVersion", "number:>", "", "1e400")), "A number is expected"),
        (rows(("metadata", "stringObject:=", "", "x")), "Name the key"),
        (rows(("timestamp", "datetime:>", "", "yesterday")), "A time in UTC is expected"),
        (rows(("name", "string:=", "", " ")), "Type what it is compared with"),
        (rows(("name", "stringOptions:any of", "", '"a')), "Separate values by commas"),
        (rows(("", "string:=", "", "typed")), "Choose what is compared"),
        (rows(("nope", "string:=", "", "typed")), "Choose what is compared"),
    ],
)
def test_what_can_not_be_asked_is_told_beside_it_and_kept(
    client: Client, path: str, wrong: dict[str, Any], says: str
) -> None:
    typed = {"description": "Typed before", **rows(("name", "string:contains", "", "kept <b>"))}
    answer = client.post(new(path), FORM | typed | wrong)
    text = answer.content.decode()
    assert answer.status_code == 400 and not Widget.objects.exists()
    assert says in text and "Typed before" in text
    kept = wrong.get("value", ["kept &lt;b&gt;"])[0]
    assert kept in text.replace("&quot;", '"')


def test_what_api_only_refuses_is_told_above(client: Client, path: str) -> None:
    answer = client.post(new(path), FORM | {"kept": json.dumps(AFTER_ALL)})
    assert answer.status_code == 400 and "matches is not for column name" in answer.content.decode()


def test_rows_come_and_go_by_buttons(client: Client, path: str) -> None:
    two = rows(("name", "string:=", "", "first"), ("type", "string:=", "", "second"))
    draft = client.post(new(path), FORM | two | {"do": "add-filter"}).context["draft"]
    assert [row.value for row in draft.filters] == ["first", "second", ""]
    draft = client.post(new(path), FORM | two | {"do": "remove-filter-0"}).context["draft"]
    assert [row.value for row in draft.filters] == ["second"]
    draft = client.post(new(path), FORM | {"do": "add-metric"}).context["draft"]
    added = [("totalCost", "sum"), ("inputCost", "sum")]
    assert [(row.measure, row.agg) for row in draft.metrics] == added
    more = FORM | {"measure": [one for one, _ in added], "agg": ["sum", "sum"], "do": "add-metric"}
    assert client.post(new(path), more).context["draft"].metrics[2].measure == "outputCost"
    both = FORM | {"measure": ["totalCost", "latency"], "agg": ["sum", "p95"], "do": "remove-metric-0"}
    assert [row.measure for row in client.post(new(path), both).context["draft"].metrics] == ["latency"]
    assert not Widget.objects.exists()


def test_what_is_chosen_follows_the_measure_and_the_column(client: Client, path: str) -> None:
    changed = (
        FORM | {"measure": "count", "do": "refresh"} | rows(("promptVersion", "string:contains", "", "3"))
    )
    answer = client.post(new(path), changed, headers={"HX-Request": "true"})
    draft = answer.context["draft"]
    assert draft.metrics[0].agg == "count" and draft.filters[0].how == "number:="
    assert draft.filters[0].value == "3" and "<html" not in answer.content.decode()


def test_a_chart_asks_only_for_what_it_shows(client: Client, path: str) -> None:
    shown = {
        chart: client.post(new(path), FORM | {"chart_type": chart, "do": "refresh"}).content.decode()
        for chart in ("NUMBER", "PIE", "PIVOT_TABLE")
    }
    assert {chart: "Add a measure" in text for chart, text in shown.items()} == {
        "NUMBER": False,
        "PIE": False,
        "PIVOT_TABLE": True,
    }
    assert "Split by" not in shown["NUMBER"] and "Split by" in shown["PIE"]
    kept = client.post(new(path), FORM | {"dimension": "type", "do": "refresh"}).content.decode()
    assert "Split by" in kept


def test_what_one_chart_does_not_ask_waits_for_the_next(client: Client, path: str) -> None:
    typed = FORM | {"row_limit": "7", "do": "refresh"}
    lines = client.post(new(path), typed | {"chart_type": "LINE_TIME_SERIES"}).content.decode()
    assert '<input type="hidden" name="row_limit" value="7">' in lines
    assert (
        'type="number" id="row_limit"'
        in client.post(new(path), typed | {"chart_type": "PIE"}).content.decode()
    )


def test_usage_by_type_is_split_by_type_without_the_total(client: Client, path: str) -> None:
    typed = FORM | {"measure": "usageByType", "agg": "sum", "chart_type": "PIE"}
    draft = client.post(new(path), typed | {"do": "refresh"}).context["draft"]
    assert draft.dimensions == ["usageType"]
    assert [(row.column, row.value) for row in draft.filters] == [("usageType", "total")]
    again = rows(("usageType", "stringOptions:none of", "", "total"))
    shown = preview(client, new(path), typed | {"dimension": "usageType"} | again)
    assert [key.name for key in shown.drawing.chart.keys] == ["input", "output"]


def test_values_to_filter_by_are_those_of_the_range(client: Client, path: str) -> None:
    row = rows(("providedModelName", "string:=", "", ""))
    text = client.post(new(path), FORM | row | {"do": "refresh"}).content.decode()
    assert '<option value="gpt">' in text
    elsewhen = new(path).replace("2026-05-0", "2026-04-0")
    assert (
        '<option value="gpt">' not in client.post(elsewhen, FORM | row | {"do": "refresh"}).content.decode()
    )


def test_the_preview_is_what_the_dashboard_will_show(client: Client, path: str) -> None:
    shown = preview(client, new(path), FORM)
    assert isinstance(shown.drawing.chart, BigNumber) and shown.drawing.chart.value == "$2.50"
    assert (
        preview(client, new(path), FORM | rows(("type", "string:=", "", "TOOL"))).drawing.chart.value == "$0"
    )
    staging = preview(client, f"{new(path)}&environment=staging", FORM | {"measure": "count", "agg": "count"})
    assert staging.environment == "staging" and staging.drawing.chart.value == "0"
    Dashboard.objects.update(filters=[{"type": "string", "column": "type", "operator": "=", "value": "TOOL"}])
    assert preview(client, new(path), FORM | {"measure": "count", "agg": "count"}).drawing.chart.value == "1"
    assert not Widget.objects.exists()


def test_the_preview_says_what_is_missing(client: Client, path: str) -> None:
    shown = preview(client, new(path), FORM | rows(("type", "string:=", "", "")))
    assert shown.drawing.chart is None and "Type what it is compared with" in shown.todo
    text = client.post(
        new(path), FORM | {"do": "preview", "measure": "latency", "agg": "p95"}
    ).content.decode()
    assert "My widget" in text and "<html" in text


def test_a_widget_is_edited_in_the_same_form(client: Client, cast: Cast, path: str) -> None:
    filters = [{"type": "string", "column": "type", "operator": "=", "value": "GENERATION"}, odd_filter()]
    path = make_dashboard(cast.a.project_id, {"chart_type": "NUMBER", "filters": filters})
    page = client.get(edit(path))
    draft = page.context["draft"]
    assert [row.value for row in draft.filters] == ["GENERATION"] and draft.kept == [odd_filter()]
    assert "made by the API" in page.content.decode()
    client.post(
        edit(path), FORM | {"kept": json.dumps(odd_filter())} | rows(("type", "string:=", "", "TOOL"))
    )
    widget = Widget.objects.get()
    assert (widget.name, widget.filters) == ("My widget", [filters[0] | {"value": "TOOL"}, odd_filter()])
    client.post(edit(path), FORM)
    assert Widget.objects.get().filters == []


def odd_filter() -> dict[str, Any]:
    return {"type": "string", "column": "promptVersion", "operator": "=", "value": "3"}


def test_what_the_form_does_not_show_stays(client: Client, cast: Cast) -> None:
    client.force_login(cast.owner)
    metrics = [{"measure": "latency", "agg": "count"}, {"measure": "totalCost", "agg": "sum"}]
    sort = {"column": "sum_totalCost", "order": "ASC"}
    config = {"type": "PIVOT_TABLE", "defaultSort": sort, "row_limit": 7}
    widget = {"chart_type": "PIVOT_TABLE", "metrics": metrics, "chart_config": config}
    path = make_dashboard(cast.a.project_id, widget | {"dimensions": [{"field": "type"}]})
    draft = client.get(edit(path)).context["draft"]
    assert ("count", "How many") in draft.metric_rows[0][1]
    sent = {"measure": ["latency", "totalCost"], "agg": ["count", "sum"], "dimension": "type"}
    client.post(edit(path), {"name": "w", "chart_type": "PIVOT_TABLE", "row_limit": "7", **sent})
    assert (Widget.objects.get().metrics, Widget.objects.get().chart_config) == (metrics, config)


def test_a_widget_of_two_dashboards_changes_on_one_as_a_copy(client: Client, cast: Cast) -> None:
    client.force_login(cast.owner)
    path = make_dashboard(cast.a.project_id, {"chart_type": "NUMBER"})
    clone = client.post(f"{path}/clone").headers["Location"]
    assert "Team (copy)" in client.get(edit(path)).content.decode()
    client.post(edit(path), FORM | {"do": "copy"})
    assert [tile.title for tile in client.get(clone).context["tiles"]] == ["w"]
    assert [tile.title for tile in client.get(path).context["tiles"]] == ["My widget"]


def test_a_tile_is_duplicated_beside_itself(client: Client, cast: Cast) -> None:
    client.force_login(cast.owner)
    path = make_dashboard(cast.a.project_id, {"chart_type": "NUMBER"})
    client.post(edit(path).removesuffix("/edit"), {"duplicate": "1"})
    first, second = Dashboard.objects.get().placements
    assert (second["x"], second["y"], second["width"]) == (6, 0, first["width"])
    assert Widget.objects.get(id=second["widgetId"]).name == "w (copy)"


def test_a_widget_on_no_dashboard_can_be_deleted(client: Client, cast: Cast) -> None:
    client.force_login(cast.owner)
    path = make_dashboard(cast.a.project_id, {"chart_type": "NUMBER"})
    widget = Widget.objects.get()
    deletes = f"{path}/widgets/{widget.id}/delete"
    assert deletes not in client.get(f"{path}/widgets/new").content.decode()
    assert "is placed on a dashboard" in client.post(deletes, follow=True).content.decode()
    client.post(edit(path).removesuffix("/edit"), {"remove": "1"})
    assert deletes in client.get(f"{path}/widgets/new").content.decode()
    client.post(deletes)
    assert not Widget.objects.exists() and client.post(deletes).status_code == 404


def make_preset(project_id: str, preset_id: str) -> str:
    dashboard = create_dashboard(project_id, {"name": "Home"}, author=SYSTEM)
    given = {"type": "preset", "presetId": preset_id, "width": 4, "height": 5}
    add_placement(project_id, dashboard.id, given, author=SYSTEM)
    return f"/project/{project_id}/dashboards/saved/{dashboard.id}"


def test_a_preset_becomes_a_widget_in_its_place(client: Client, cast: Cast, path: str) -> None:
    home = make_preset(cast.a.project_id, "home-model-usage")
    (tile,) = client.get(home, DAY).context["tiles"]
    assert (tile.title, [key.name for key in tile.chart.keys]) == ("Cost by model", ["gpt"])
    draft = client.get(edit(home)).context["draft"]
    assert (draft.name, draft.dimensions) == ("Cost by model", ["providedModelName"])
    before = dict(Dashboard.objects.get(name="Home").placements[0])
    client.post(edit(home), FORM)
    (placed,) = Dashboard.objects.get(name="Home").placements
    del before["presetId"]
    assert placed == before | {"type": "widget", "widgetId": Widget.objects.get().id}


@pytest.mark.parametrize(
    ("preset", "says"),
    [
        ("home-score-analytics", "A widget for each score"),
        ("ours", "“ours” is not known here"),
    ],
)
def test_other_presets_say_what_they_are_and_are_replaced(
    client: Client, cast: Cast, path: str, preset: str, says: str
) -> None:
    home = make_preset(cast.a.project_id, preset)
    (tile,) = client.get(home).context["tiles"]
    assert says in tile.error
    choose = client.get(edit(home)).headers["Location"]
    tile_id = tile.placement["id"]
    assert choose == f"{home}/widgets/new?tile={tile_id}"
    client.post(f"{home}/widgets/new?view=observations&tile={tile_id}", FORM)
    (placed,) = Dashboard.objects.get(name="Home").placements
    assert (placed["widgetId"], placed["width"]) == (Widget.objects.get().id, 4)


def test_only_members_who_may_edit_reach_the_form(client: Client, cast: Cast, path: str) -> None:
    path = make_dashboard(cast.a.project_id, {"chart_type": "NUMBER"})
    widget = Widget.objects.get()
    addresses = [new(path), edit(path), f"{path}/widgets/{widget.id}/delete"]
    client.force_login(cast.viewer)
    assert {client.post(one, FORM | {"do": "preview"}).status_code for one in addresses} == {403}
    client.force_login(cast.outsider)
    assert {client.post(one, FORM | {"do": "preview"}).status_code for one in addresses} == {404}
    theirs = make_dashboard(cast.b.project_id)
    assert client.post(f"{theirs}/widgets/{widget.id}/delete").status_code == 404
    assert client.post(f"{theirs}/widgets/new", {"widget": widget.id}).status_code == 404
    assert preview(client, new(theirs), FORM).drawing.chart.value == "$0"
    assert Widget.objects.get() == widget


def test_a_tile_that_is_gone_takes_no_widget(client: Client, cast: Cast, path: str) -> None:
    answer = client.post(f"{new(path)}&tile=gone", FORM)
    assert answer.status_code == 400 and "somebody has removed it meanwhile" in answer.content.decode()
    assert not Widget.objects.exists() and client.get(f"{path}/tiles/gone/edit").status_code == 404


def test_a_widget_of_the_api_opens_whatever_it_asks(client: Client, cast: Cast) -> None:
    client.force_login(cast.owner)
    columns = {
        "name": "w",
        "view": "scores-boolean",
        "dimensions": [{"field": one} for one in ("name", "source", "userId", "evaluatorId", "booleanValue")],
        "metrics": [{"measure": "value", "agg": agg} for agg in ("avg", "p99", "uniq")],
        "filters": [],
        "chart_type": "PIVOT_TABLE",
        "chart_config": {"type": "PIVOT_TABLE"},
    }
    create_widget(cast.a.project_id, dict(columns), author=SYSTEM)
    path = make_dashboard(cast.a.project_id, columns)
    draft = client.get(edit(path)).context["draft"]
    assert len(draft.dimensions) == 5 and [row.agg for row in draft.metrics] == ["avg", "p99", "uniq"]
