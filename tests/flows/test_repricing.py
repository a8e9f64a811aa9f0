"""Generations without a price on a running installation in; their costs everywhere after a price was added, out."""

import re
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import psycopg
import pytest

from tests.flows.pages import OWNER, Visitor, owner_of
from tests.live import LiveServer, eventually, running_server

BATCH = 500
MANY = 12_000
"""A worker applies prices to some thousand a second, and rests for two."""
IN, OUT = 1_000, 500
PRICE = {"input_price": "2", "output_price": "8"}
EACH = Decimal("0.006")
"""USD of a generation's tokens at this price."""
RUN = "select state, applied, applied_before, applied_after from repricings"
ROWS = "select count(*), sum(total_cost) from observations where model = 'acme-1'"
ROLLUPS = "select sum(count), sum(total_cost) from rollup_observations where model = 'acme-1' and level = 0"
TRACES = "select sum(total_cost) from traces"


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    environment: dict[str, Any] = {"ROLLUP_SECONDS": "1", **OWNER}
    with running_server(tmp_path_factory.mktemp("repricing"), **environment) as running:
        yield running


def send(server: LiveServer, model: str, count: int, **usage: int) -> None:
    """Send generations of the last hour, a hundred to a trace."""
    now = datetime.now(UTC)
    for first in range(0, count, BATCH):
        events = []
        for number in range(first, min(first + BATCH, count)):
            at = (now - timedelta(seconds=number % 3_600)).isoformat()
            body: dict[str, Any] = {
                "id": f"{model}-{number}",
                "traceId": f"{model}-{number // 100}",
                "startTime": at,
            }
            body |= {"model": model, "usageDetails": usage}
            events.append({"id": body["id"], "type": "generation-create", "timestamp": at, "body": body})
        assert server.post("ingestion", {"batch": events}).status == 207


def words(page: str) -> str:
    """Return what a page says, without its tags."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page)))


def models_page(server: LiveServer) -> str:
    return f"/project/{server.project_id}/models"


def until_page_says(owner: Visitor, path: str, *expected: str) -> str:
    def look() -> str:
        page = owner.open(path)
        shown = words(page)
        assert all(text in shown for text in expected), shown
        return page

    return str(eventually(look, seconds=60))


def price_and_check(server: LiveServer, owner: Visitor, count: int) -> str:
    """Give the model a price and let it be checked what this changes; return the path that applies it."""
    path = models_page(server)
    owner.submit(path, {"name": "acme-1", **PRICE}, to=f"{path}/price")
    owner.submit(path, {"model": "acme-1", "since": "", "until": ""}, to=f"{path}/check")
    cost = f"${count * EACH:,.2f}"
    told = f"{count:,} of {count:,} generations would change: $0 → {cost}"
    page = until_page_says(owner, path, told, f"{count:,} $0.00 {cost}")
    found = re.search(r'action="(/project/[^"]*/apply)"', page)
    assert found is not None
    return found[1]


def test_a_price_that_was_missing_reaches_the_past(server: LiveServer) -> None:
    owner, path = owner_of(server.host), models_page(server)
    send(server, "acme-1", 30, input=IN, output=OUT)
    send(server, "gpt-4o", 10, input=IN)
    share = "1 of 2 models has no price: 75.0 % of the calls and 81.8 % of the tokens cost nothing here."
    until_page_says(owner, path, share, "acme-1 none 30 75 % 45,000 82 %")
    apply = price_and_check(server, owner, 30)
    assert server.get("observations/acme-1-0")["calculatedTotalCost"] in (None, 0)
    owner.submit(path, {}, to=apply)
    page = until_page_says(owner, path, "30 75 % 45,000 82 % $0.180 ", "applied 30 $0.00 $0.18")
    assert ("being updated" in page, "has no price" in page) == (False, False)
    assert Decimal(str(server.get("observations/acme-1-0")["calculatedTotalCost"])) == EACH
    assert Decimal(str(server.get("traces/acme-1-0")["totalCost"])) == 30 * EACH
    (day,) = server.get("metrics/daily")["data"]
    assert day["totalCost"] == pytest.approx(0.205)
    until_page_says(owner, f"/project/{server.project_id}/dashboards/cost", "Cost $0.205")
    assert "repriced" in owner.open("/admin/accounts/auditlog/?resource_type__exact=costs")


def test_a_worker_killed_while_it_applies_goes_on(server: LiveServer) -> None:
    send(server, "acme-1", MANY, input=IN, output=OUT)
    with psycopg.connect(server.database_url, autocommit=True) as database:

        def read(sql: str) -> Any:
            return database.execute(sql.encode()).fetchone()

        def have_come() -> None:
            assert read(ROWS)[0] == MANY

        def has_begun() -> Any:
            run = read(RUN)
            assert 0 < run[1] < MANY and run[0] == "applying", run

        def has_followed() -> None:
            assert read(ROLLUPS) == (MANY, MANY * EACH)

        eventually(have_come, seconds=60)
        owner = owner_of(server.host)
        owner.submit(models_page(server), {}, to=price_and_check(server, owner, MANY))
        eventually(has_begun, seconds=30)
        worker = server.children["worker-1"]
        assert worker.process
        worker.process.send_signal(signal.SIGKILL)
        worker.process.wait()
        state, applied, *_ = read(RUN)
        assert (state, 0 < applied < MANY) == ("applying", True)
        assert read(ROWS)[1] == applied * EACH
        until_page_says(owner, models_page(server), "being updated …", f"{applied:,} of {MANY:,} generations")
        worker.launch()
        until_page_says(owner, models_page(server), f"applied {MANY:,} $0.00 $72.00")
        assert read(RUN) == ("done", MANY, 0, MANY * EACH)
        assert (read(ROWS), read(TRACES)) == ((MANY, MANY * EACH), (MANY * EACH,))
        eventually(has_followed, seconds=60)
        assert "being updated" not in until_page_says(owner, models_page(server), "12,000 100 %")
