"""The home of a project and its dashboards: numbers as the rows are, each leading to them, closed to strangers."""

import html
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from analytics.charts.bars import BarChart
from analytics.charts.cards import Card
from analytics.charts.series import SeriesChart
from analytics.dashboards.tiles import Board, Tile
from analytics.models import RollupRun
from analytics.rollups.refresh import refresh_project
from analytics.ui.boards import BUILT_IN
from tests import factories
from tests.analytics.factories import make_generation, make_observation, make_score, make_trace
from tests.cast import Cast

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
DAY = {"from": "2026-05-04", "to": "2026-05-05"}
PAGES = ["", *(f"/dashboards/{key}" for key in BUILT_IN)]


def make_day(project_id: str) -> None:
    """A trace with an error, which cost 2.5 and took 3 s, and one without name, user and cost; a score of each."""
    costs = {"total_cost": Decimal("2.5"), "input_cost": 1, "output_cost": Decimal("1.5")}
    sums = {"observation_count": 2, "error_count": 1, "latency": 3.0, "total_cost": Decimal("2.5")}
    make_trace(project_id, id="t", name="answer", user_id="ann", tags=["beta"], **sums)
    usage = {"usage_details": {"input": 10, "output": 5}, "cost_details": {"input": 1.0, "output": 1.5}}
    prompt = {"prompt_name": "greet", "prompt_version": 3, "prompt_id": "p"}
    make_generation(
        project_id, trace_id="t", seconds=2, total_tokens=15, output_tokens=5, **costs, **usage, **prompt
    )
    make_observation(project_id, trace_id="t", name="search", type="TOOL", level="ERROR")
    make_trace(project_id, id="u", timestamp=NOON + timedelta(hours=1), environment="staging")
    make_score(project_id, trace_id="t", value=0.5)
    make_score(project_id, trace_id="u", value=1.0, environment="staging")
    while refresh_project(project_id, now=datetime.now(UTC), limit=100, patience=None):
        pass


def board_of(client: Client, project_id: str, page: str = "", **query: str) -> Board:
    answer = client.get(f"/project/{project_id}{page}", DAY | query)
    assert answer.status_code == 200, answer.content
    board: Board = answer.context["board"]
    return board


def card(board: Board, title: str) -> Card:
    return next(one for one in board.cards if one.title == title)


def tile(board: Board, title: str) -> Tile:
    return next(one for one in board.tiles if one.title == title)


def bars(board: Board, title: str) -> list[tuple[str, str]]:
    chart = tile(board, title).chart
    assert isinstance(chart, BarChart)
    return [(bar.name, bar.value) for bar in chart.bars]


@pytest.fixture
def project_id(client: Client, cast: Cast) -> str:
    make_day(cast.a.project_id)
    client.force_login(cast.viewer)
    return cast.a.project_id


def test_home_shows_what_the_rows_say(client: Client, project_id: str) -> None:
    board = board_of(client, project_id)
    shown = [(one.title, one.value) for one in board.cards if "Latency" not in one.title]
    assert shown == [
        ("Traces", "2"),
        ("Traces with errors", "1"),
        ("Cost", "$2.50"),
        ("Tokens", "15"),
        ("Active users", "1"),
    ]
    assert abs(float(card(board, "Latency p50").value.removesuffix(" s")) - 3) <= 0.03
    assert bars(board, "Top traces") == [("answer", "1"), ("Unnamed", "1")]
    assert bars(board, "Models by cost") == [("gpt", "$2.50")]
    assert bars(board, "Top users by cost") == [("ann", "$2.50")]


def test_the_buckets_of_a_day_are_hours_where_things_happened(client: Client, project_id: str) -> None:
    chart = tile(board_of(client, project_id), "Traces").chart
    assert isinstance(chart, SeriesChart) and len(chart.spots) == 24
    said = {spot.title.split("\n")[0]: spot.title.split("\n")[1:] for spot in chart.spots}
    assert said["May 4, 12:00 – 13:00"] == ["With errors: 1"]
    assert said["May 4, 13:00 – 14:00"] == ["Without errors: 1"]
    assert said["May 4, 14:00 – 15:00"] == ["nothing"]


def test_a_bucket_of_a_zone_is_its_day(client: Client, project_id: str) -> None:
    query = {"from": "2026-05-01", "to": "2026-06-01", "tz": "America/New_York"}
    chart = tile(board_of(client, project_id, **query), "Traces").chart
    assert isinstance(chart, SeriesChart)
    busy = [spot.title.split("\n")[0] for spot in chart.spots if not spot.title.endswith("nothing")]
    assert busy == ["Mon, May 4, 2026"]


def test_an_environment_alone(client: Client, project_id: str) -> None:
    board = board_of(client, project_id, environment="staging")
    assert (card(board, "Traces").value, card(board, "Cost").value) == ("1", "$0")
    assert "environment=staging" in card(board, "Traces").href


def test_the_range_before_stands_beside_each_number(client: Client, project_id: str) -> None:
    board = board_of(client, project_id, **{"from": "2026-05-05", "to": "2026-05-06"})
    traces = card(board, "Traces")
    assert (traces.value, traces.before, traces.change and traces.change.text) == ("0", "2", "100 %")


def test_what_each_dashboard_shows(client: Client, project_id: str) -> None:
    cost = board_of(client, project_id, "/dashboards/cost")
    assert bars(cost, "Prompts by cost") == [("greet · v3", "$2.50")]
    assert bars(cost, "Cost by environment") == [("default", "$2.50")]
    assert card(cost, "Cost of a trace").value == "$1.25"
    assert tile(cost, "Cost by kind of token").figure == "$2.50"
    latency = board_of(client, project_id, "/dashboards/latency")
    assert [name for name, _ in bars(latency, "p95 by step")] == ["unnamed (generation)"]
    assert [name for name, _ in bars(latency, "p95 by model")] == ["gpt"]
    usage = board_of(client, project_id, "/dashboards/usage")
    assert bars(usage, "Top tags") == [("beta", "1")]
    assert bars(usage, "Scores by name") == [("quality", "2")]
    assert tile(usage, "Tokens by kind").figure == "15"


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_to_traces_that_are_there(client: Client, project_id: str, page: str) -> None:
    text = html.unescape(client.get(f"/project/{project_id}{page}", DAY).content.decode())
    links = set(re.findall(rf'href="(/project/{project_id}/traces\?[^"]*)"', text))
    whole = [link for link in links if "from=2026-05-04T00%3A00Z&to=2026-05-05T00%3A00Z" in link]
    filters = re.compile("&(name|user|model|prompt|tag|score|errors|type|without)=")
    narrow = [link for link in whole if filters.search(link)]
    assert len(links) > 20 and narrow
    for link in narrow:
        found = client.get(link).context["traces"]
        assert found, link


def test_models_without_a_price_say_so_and_make_nothing_cheaper(client: Client, project_id: str) -> None:
    make_generation(project_id, model="in-house", total_tokens=1_000_000)
    while refresh_project(project_id, now=datetime.now(UTC), limit=100, patience=None):
        pass
    models = tile(board_of(client, project_id), "Models by cost").chart
    assert isinstance(models, BarChart)
    assert [(bar.name, bar.note) for bar in models.bars] == [
        ("gpt", "15 tokens"),
        ("in-house", "no price, 1.00M tokens"),
    ]
    cost = board_of(client, project_id, "/dashboards/cost")
    assert tile(cost, "Models").figure == "2, 1 without a price"
    assert card(cost, "Cost of a million tokens").value == "$167k"


def test_output_while_streaming_counts_what_was_streamed_alone(client: Client, project_id: str) -> None:
    make_generation(project_id, output_tokens=1000)
    first_token = {"completion_start_time": NOON + timedelta(seconds=1)}
    make_generation(project_id, seconds=5, output_tokens=80, **first_token)
    while refresh_project(project_id, now=datetime.now(UTC), limit=100, patience=None):
        pass
    latency = board_of(client, project_id, "/dashboards/latency")
    assert card(latency, "Output while streaming").value == "20 tok/s"


def test_a_spot_leads_to_the_traces_of_its_bucket(client: Client, project_id: str) -> None:
    chart = tile(board_of(client, project_id), "Traces").chart
    assert isinstance(chart, SeriesChart)
    found = [[one.id for one in client.get(spot.href).context["traces"]] for spot in chart.spots[11:15]]
    assert found == [[], ["t"], ["u"], []]


def test_who_may_start_beat_is_told_how_and_others_whom_to_tell(
    client: Client, cast: Cast, project_id: str
) -> None:
    run = RollupRun.objects.create(started_at=timezone.now() - timedelta(minutes=2))
    page, runs = f"/project/{project_id}", reverse("admin:analytics_rolluprun_changelist")
    admin = Client()
    admin.force_login(factories.make_user(is_superuser=True))
    shown = [client.get(page), admin.get("/admin/"), admin.get(runs)]
    assert not any("Numbers stand still" in answer.content.decode() for answer in shown)
    RollupRun.objects.filter(pk=run.pk).update(started_at=timezone.now() - timedelta(minutes=4))
    assert "Tell whoever runs this server" in client.get(page).content.decode()
    for address in (page, "/admin/", runs):
        text = admin.get(address).content.decode()
        assert ("Numbers stand still" in text, "langfuse_site.up beat" in text) == (True, True)
    RollupRun.objects.create(started_at=timezone.now())
    assert "Numbers stand still" not in client.get(page).content.decode()


def test_days_of_a_half_hour_zone_count_what_they_lead_to(client: Client, project_id: str) -> None:
    midnight = datetime(2026, 5, 5, 18, 30, tzinfo=UTC)
    for minutes in (-29, -1, 0, 29, 31):
        make_trace(project_id, id=f"k{minutes}", timestamp=midnight + timedelta(minutes=minutes))
    while refresh_project(project_id, now=datetime.now(UTC), limit=100, patience=None):
        pass
    days = {"from": "2026-04-20", "to": "2026-05-10", "tz": "Asia/Kolkata"}
    answer = client.get(f"/project/{project_id}", days)
    chart = tile(answer.context["board"], "Traces").chart
    assert isinstance(chart, SeriesChart)
    counts = {spot.title.split("\n")[0]: len(client.get(spot.href).context["traces"]) for spot in chart.spots}
    shown = {spot.title.split("\n")[0]: spot.title for spot in chart.spots}
    day = "May 5, 00:30 – May 6, 00:30"
    assert (counts[day], counts["May 6, 00:30 – May 7, 00:30"]) == (4, 1)
    assert "4" in shown[day] and "days begin at 00:30" in answer.content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_the_number_of_statements_is_bounded(client: Client, project_id: str, page: str) -> None:
    client.get(f"/project/{project_id}{page}", DAY)
    with CaptureQueriesContext(connection) as captured:
        client.get(f"/project/{project_id}{page}", DAY)
    assert len(captured) <= 22


@pytest.mark.parametrize("page", PAGES)
def test_a_project_without_traces_is_told_how_to_send_one(client: Client, cast: Cast, page: str) -> None:
    client.force_login(cast.owner)
    text = client.get(f"/project/{cast.a.project_id}{page}").content.decode()
    assert "Numbers come with the first trace" in text
    assert f"/project/{cast.a.project_id}/setup" in text


def test_a_range_without_traces_says_where_they_are(client: Client, project_id: str) -> None:
    text = client.get(f"/project/{project_id}", {"from": "2020-01-01", "to": "2020-01-02"}).content.decode()
    assert "Nothing in this range" in text and "2026-05-04" in text


@pytest.mark.parametrize(
    "query", [{"range": "2w"}, {"from": "soon"}, {"tz": "Mars"}, {"from": "2026-05-05", "to": "2026-05-04"}]
)
def test_what_is_no_range_is_told_and_kept(client: Client, project_id: str, query: dict[str, str]) -> None:
    answer = client.get(f"/project/{project_id}", query)
    text = answer.content.decode()
    assert answer.status_code == 400 and 'role="alert"' in text
    assert query.get("tz", "") in text and query.get("from", "") in text


def test_what_clients_sent_is_escaped(client: Client, cast: Cast) -> None:
    hostile: dict[str, Any] = {"name": "<script>alert(1)</script>", "user_id": '"><script>alert(1)</script>'}
    make_trace(cast.a.project_id, **hostile)
    make_generation(cast.a.project_id, model="<script>alert(1)</script>", total_cost=1)
    refresh_project(cast.a.project_id, now=datetime.now(UTC), limit=100, patience=None)
    client.force_login(cast.viewer)
    for page in PAGES:
        text = client.get(f"/project/{cast.a.project_id}{page}", DAY).content.decode()
        assert "&lt;script&gt;alert" in text and "<script>alert" not in text


def test_other_projects_are_never_counted(client: Client, cast: Cast, project_id: str) -> None:
    make_day(cast.b.project_id)
    assert card(board_of(client, project_id), "Traces").value == "2"
    client.force_login(cast.outsider)
    for page in PAGES:
        assert client.get(f"/project/{project_id}{page}").status_code == 404


def test_an_unknown_dashboard(client: Client, project_id: str) -> None:
    assert client.get(f"/project/{project_id}/dashboards/{quote('no such')}").status_code == 404
    assert client.get(f"/project/{project_id}/dashboards/none").status_code == 404
