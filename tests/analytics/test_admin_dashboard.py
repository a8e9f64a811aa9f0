"""The first page of the admin: the installation for superusers, their projects for members, one of them by its id."""

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from analytics.dashboards.storage import take_sample
from analytics.dashboards.tiles import Table
from analytics.models import StorageSample
from tests import factories
from tests.analytics.ui.test_boards import DAY, bars, card, make_day, tile
from tests.cast import Cast


@pytest.fixture
def filled(cast: Cast) -> Cast:
    make_day(cast.a.project_id)
    make_day(cast.b.project_id)
    return cast


def page(client: Client, **query: str) -> Any:
    answer = client.get(reverse("admin:index"), DAY | query)
    assert answer.status_code == 200
    return answer.context


def test_superusers_see_all_projects(client: Client, filled: Cast) -> None:
    client.force_login(factories.make_user(is_superuser=True))
    shown = page(client)
    assert card(shown["board"], "Traces").value == "4" and card(shown["board"], "Cost").value == "$5.00"
    table = tile(shown["board"], "Projects").chart
    assert isinstance(table, Table)
    assert sorted(row[0].text for row in table.rows) == [
        "Organization A / Project A",
        "Organization B / Project B",
    ]
    assert sorted(bars(shown["board"], "Models by cost")) == [
        ("gpt · Project A", "$2.50"),
        ("gpt · Project B", "$2.50"),
    ]
    facts = {fact.title: fact for fact in (*shown["ingestion"], *shown["aggregation"])}
    assert facts["Dead letters"].value == "0" and facts["Dead letters"].href
    assert facts["Last run"].value == "never"


def test_members_see_their_own_alone(client: Client, filled: Cast) -> None:
    client.force_login(filled.viewer)
    shown = page(client)
    assert card(shown["board"], "Traces").value == "2"
    assert bars(shown["board"], "Users by cost") == [("ann", "$2.50")]
    assert shown["storage"] == []
    assert not any(fact.href for fact in (*shown["ingestion"], *shown["aggregation"]))
    text = client.get(reverse("admin:index"), DAY).content.decode()
    assert filled.b.project_id not in text and "Project B" not in text


def test_one_project(client: Client, filled: Cast) -> None:
    client.force_login(factories.make_user(is_superuser=True))
    shown = page(client, project=filled.a.project_id)
    assert card(shown["board"], "Traces").value == "2"
    assert card(shown["board"], "Traces").href.startswith(f"/project/{filled.a.project_id}/traces?")
    assert not any(one.title == "Projects" for one in shown["board"].tiles)


@pytest.mark.parametrize("who", ["viewer", "owner"])
def test_no_project_of_others(client: Client, filled: Cast, who: str) -> None:
    client.force_login(getattr(filled, who))
    for project_id in (filled.b.project_id, "none"):
        assert client.get(reverse("admin:index"), {"project": project_id}).status_code == 404


def test_every_link_opens(client: Client, filled: Cast) -> None:
    client.force_login(factories.make_user(is_superuser=True))
    text = html.unescape(client.get(reverse("admin:index"), DAY).content.decode())
    links = set(re.findall(r'href="((?:/project/|/admin/|\?)[^"]*)"', text))
    narrow = [link for link in links if re.search("[?&](name|user|model|prompt|score|errors)=", link)]
    assert len(narrow) >= 8
    for link in narrow:
        assert client.get(link).context["traces"], link
    for link in links - set(narrow):
        url = link if link.startswith("/") else f"/admin/{link}"
        assert client.get(url, follow=True).status_code == 200, link


def test_an_installation_without_projects(client: Client, db: None) -> None:
    client.force_login(factories.make_user(is_superuser=True))
    assert "There is no project yet" in client.get(reverse("admin:index")).content.decode()


def test_what_is_no_range_is_told(client: Client, filled: Cast) -> None:
    client.force_login(filled.owner)
    answer = client.get(reverse("admin:index"), {"from": "soon"})
    assert answer.status_code == 200 and b"from is no time" in answer.content


def test_storage_is_noted_once_an_hour_and_drawn(client: Client, filled: Cast) -> None:
    at = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
    for moment in (at - timedelta(days=500), at, at + timedelta(minutes=5), at + timedelta(hours=1)):
        take_sample(moment)
    times = sorted(set(StorageSample.objects.values_list("at", flat=True)))
    assert times == [at, at + timedelta(hours=1)]
    client.force_login(factories.make_user(is_superuser=True))
    growth, _ = page(client)["storage"]
    sized = [spot.title for spot in growth.chart.spots if not spot.title.endswith("nothing")]
    assert [title.split("\n")[0] for title in sized] == ["May 4, 12:00 – 13:00", "May 4, 13:00 – 14:00"]


def test_the_number_of_statements_does_not_grow_with_projects(client: Client, filled: Cast) -> None:
    client.force_login(factories.make_user(is_superuser=True))
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            page(client)
        counts.append(len(captured))
        for _ in range(3):
            make_day(factories.make_project().id)
    assert counts[0] == counts[1] <= 40
