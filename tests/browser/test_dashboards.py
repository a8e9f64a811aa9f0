"""Numbers in the browser: from a trace to its bar and back, values on hover, a dashboard made by hand, phones."""

import base64
import json
import re
import time
from datetime import UTC, datetime
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPerson, create_project, sign_up
from tests.live import LiveServer

pytestmark = pytest.mark.services

COUNTED_SECONDS = 90.0
"""A slice is recounted when it is left alone for a while, and at the next turn of the task."""


def send_generation(page: Page, server: LiveServer, name: str) -> None:
    """Ingest a trace with a generation that cost 2.5, by keys that the page of the set-up makes."""
    page.get_by_role("button", name="Create API keys").click()
    keys = ":".join(page.locator(f"#{part}-key").inner_text() for part in ("public", "secret"))
    now = datetime.now(UTC).isoformat()
    trace = {"id": f"trace-{name}", "name": name, "timestamp": now, "userId": "ann"}
    generation = {
        "id": f"generation-{name}",
        "traceId": f"trace-{name}",
        "name": "answer",
        "model": "gpt-4o",
        "startTime": now,
        "endTime": now,
        "usageDetails": {"input": 10, "output": 5},
        "costDetails": {"total": 2.5},
    }
    events = [
        {"id": f"{kind}-{name}", "type": kind, "timestamp": now, "body": body}
        for kind, body in (("trace-create", trace), ("generation-create", generation))
    ]
    token = base64.b64encode(keys.encode()).decode()
    headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}
    content = json.dumps({"batch": events}).encode()
    with urlopen(Request(f"{server.host}/api/public/ingestion", content, headers)) as answer:
        assert json.load(answer)["errors"] == []


def open_counted(page: Page, project: str) -> None:
    """Open the home of the project as soon as the trace is counted."""
    end = time.monotonic() + COUNTED_SECONDS
    while time.monotonic() < end:
        page.goto(f"{project}?range=24h")
        if page.locator(".kpi").count():
            return
        page.wait_for_timeout(1000)
    raise AssertionError("The trace was never counted")


def test_from_a_trace_to_its_bar_and_back(person: NewPerson, server: LiveServer) -> None:
    page = person(viewport={"width": 1440, "height": 900})
    sign_up(page, "Nora")
    project = create_project(page, "Numbers", "Numbers")
    send_generation(page, server, "question")
    open_counted(page, project)
    expect(page.locator(".kpi", has_text="Cost").first).to_contain_text("$2.50")
    tile = page.locator(".tile", has=page.get_by_role("heading", name="Cost by model"))
    tile.locator(".spot").last.hover()
    expect(page.locator(".tip")).to_contain_text("gpt-4o")
    expect(page.locator(".tip")).to_contain_text("$2.50")
    tile.locator(".spot").last.click()
    expect(page.get_by_role("link", name="question", exact=True)).to_be_visible()
    page.go_back()
    page.get_by_role("link", name="30 d", exact=True).click()
    expect(page.get_by_role("link", name="30 d", exact=True)).to_have_attribute("aria-current", "true")
    page.get_by_role("link", name="ann").click()
    expect(page.get_by_role("link", name="question", exact=True)).to_be_visible()


def test_a_dashboard_made_by_hand(person: NewPerson, server: LiveServer) -> None:
    page = person(viewport={"width": 1280, "height": 900})
    sign_up(page, "Dora")
    project = create_project(page, "Boards", "Boards")
    send_generation(page, server, "asked")
    page.goto(f"{project}/dashboards")
    page.get_by_text("New dashboard").click()
    page.get_by_label("Name").fill("Ours")
    page.get_by_role("button", name="Create").click()
    page.get_by_role("link", name="Add a widget").first.click()
    page.get_by_role("link", name="Observations").click()
    page.get_by_label("Name").fill("What models cost")
    page.get_by_label("Measure").select_option("Cost (US dollars)")
    expect(page.get_by_label("Aggregation")).to_have_value("sum")
    page.get_by_text("One number").click()
    expect(page.get_by_role("complementary", name="Preview").locator(".big-number")).to_be_visible()
    page.get_by_role("button", name="Add to the dashboard").click()
    expect(page.get_by_role("heading", name="What models cost")).to_be_visible()
    page.goto(f"{page.url}?range=24h")
    expect(page.locator(".big-number")).to_have_text("$2.50")
    page.get_by_label("Change What models cost").click()
    page.get_by_role("button", name="Whole").click()
    expect(page).to_have_url(re.compile(r"range=24h"))
    wide = page.locator(".tile").first.bounding_box()
    assert wide and wide["width"] > 900


def test_a_widget_with_two_filters_is_seen_while_it_is_made(person: NewPerson, server: LiveServer) -> None:
    page = person(viewport={"width": 1280, "height": 900})
    sign_up(page, "Filippa")
    project = create_project(page, "Filters", "Filters")
    send_generation(page, server, "filtered")
    open_counted(page, project)
    page.goto(f"{project}/dashboards/new")
    page.get_by_label("Name").fill("Filtered")
    page.get_by_role("button", name="Create").click()
    page.get_by_role("link", name="Add a widget").first.click()
    page.get_by_role("link", name="Observations").click()
    preview = page.get_by_role("complementary", name="Preview")
    page.get_by_text("Horizontal bars").click()
    expect(page.get_by_label("At most rows")).to_be_visible()
    page.get_by_label("Measure").select_option("Cost (US dollars)")
    expect(page.get_by_label("Aggregation")).to_have_value("sum")
    page.get_by_label("Split by", exact=True).select_option("Model")
    expect(preview.locator(".hbars")).to_contain_text("$2.50")
    page.get_by_role("button", name="Add a filter").click()
    page.get_by_label("Filter 1: column").select_option("Type")
    page.get_by_label("Filter 1: value").fill("TOOL")
    expect(preview).to_contain_text("Nothing in this range that fits")
    expect(page.locator("#values-0 option")).to_have_attribute("value", "GENERATION")
    page.get_by_label("Filter 1: value").fill("GENERATION")
    expect(preview.locator(".hbars")).to_contain_text("gpt-4o")
    page.get_by_role("button", name="Add a filter").click()
    page.get_by_label("Filter 2: column").select_option("Model")
    expect(page.locator("#values-1 option")).to_have_attribute("value", "gpt-4o")
    page.get_by_label("Filter 2: operator").select_option("is any of")
    page.get_by_label("Filter 2: value").fill("gpt-4o, other")
    page.get_by_role("button", name="Add to the dashboard").click()
    tile = page.locator(".tile", has=page.get_by_role("heading", name="Total cost by model"))
    expect(tile.locator(".hbars")).to_contain_text("$2.50")
    page.get_by_label("Change Total cost by model").click()
    page.get_by_role("link", name="Edit", exact=True).click()
    expect(page.get_by_label("Filter 2: value")).to_have_value("gpt-4o, other")
    page.get_by_label("Remove filter 1").click()
    expect(page.get_by_label("Filter 1: value")).to_have_value("gpt-4o, other")
    page.get_by_label("Filter 1: value").fill("other")
    expect(preview).to_contain_text("Nothing in this range that fits")


def test_a_widget_is_made_without_scripts(person: NewPerson, server: LiveServer) -> None:
    page = person(java_script_enabled=False)
    sign_up(page, "Pia")
    project = create_project(page, "Plain", "Plain")
    page.goto(f"{project}/dashboards/new")
    page.get_by_label("Name").fill("Plain")
    page.get_by_role("button", name="Create").click()
    page.get_by_role("link", name="Add a widget").first.click()
    page.get_by_role("link", name="Observations").click()
    page.get_by_label("Name").fill("Typed")
    page.get_by_role("button", name="Add a filter").click()
    page.get_by_label("Filter 1: column").select_option("Prompt version")
    page.get_by_label("Filter 1: value").fill("three")
    page.get_by_role("button", name="Add to the dashboard").click()
    expect(page.get_by_role("alert")).to_have_text("A number is expected, such as 0.5.")
    page.get_by_label("Filter 1: value").fill("3")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("complementary", name="Preview")).to_contain_text("Typed")
    page.get_by_role("button", name="Add to the dashboard").click()
    expect(page.get_by_role("heading", name="Typed")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_numbers_fit_a_phone(person: NewPerson, server: LiveServer, scheme: str) -> None:
    page = person(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    sign_up(page, f"Phone{scheme}")
    project = create_project(page, f"Phone {scheme}", "Phone")
    send_generation(page, server, "small")
    open_counted(page, project)
    for path in ("", "/dashboards/cost", "/dashboards/latency", "/dashboards/usage", "/dashboards"):
        page.goto(f"{project}{path}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    page.goto("/admin/")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.locator(".numbers .kpi").first).to_be_visible()
