"""A span that an OpenTelemetry exporter sent, in a browser: its panel loads what came when it is opened."""

import base64
import json
import time
from typing import Any
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPerson, create_project, sign_up
from tests.live import LiveServer

pytestmark = pytest.mark.services

TRACE, SPAN = "5b8efff798038103d269b633813fc60c", "eee19b7ec3c1b174"


def text(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": {"stringValue": value}}


def export() -> dict[str, Any]:
    now = time.time_ns()
    model = [text("gen_ai.operation.name", "chat"), text("gen_ai.request.model", "gpt-4o")]
    event = {
        "timeUnixNano": str(now + 250_000_000),
        "name": "exception",
        "attributes": [text("exception.type", "E")],
    }
    span: dict[str, Any] = {
        "traceId": TRACE,
        "spanId": SPAN,
        "name": "chat gpt-4o",
        "startTimeUnixNano": str(now),
    }
    span |= {
        "endTimeUnixNano": str(now + 10**9),
        "attributes": model,
        "events": [event],
        "status": {"code": 2},
    }
    scope_spans = [{"scope": {"name": "a.scope", "version": "1.0"}, "spans": [span]}]
    resource = {"attributes": [text("service.name", "shop")]}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": scope_spans}]}


def send_span(page: Page, server: LiveServer, name: str) -> str:
    """Make an account and a project that has sent one span; return the project's address."""
    sign_up(page, name)
    project = create_project(page, name, "Spans")
    page.get_by_role("button", name="Create API keys").click()
    keys = ":".join(page.locator(f"#{half}-key").inner_text() for half in ("public", "secret"))
    headers = {"Authorization": f"Basic {base64.b64encode(keys.encode()).decode()}"}
    headers |= {"Content-Type": "application/json"}
    request = Request(f"{server.host}/api/public/otel/v1/traces", json.dumps(export()).encode(), headers)
    with urlopen(request) as answer:
        assert answer.status == 200
    return project


def test_the_panel_of_a_span(person: NewPerson, server: LiveServer) -> None:
    page = person(viewport={"width": 390, "height": 800})
    project = send_span(page, server, "Otto")
    page.get_by_role("link", name="Open the latest trace").click()
    page.goto(f"{project}/traces/{TRACE}?observation={SPAN}")
    attribute = page.get_by_text("gen_ai.request.model", exact=True).last
    expect(page.get_by_text("+250 ms")).to_have_count(0)
    page.get_by_text("OpenTelemetry", exact=True).click()
    expect(page.get_by_text("+250 ms")).to_be_visible()
    expect(attribute).to_be_visible()
    expect(page.get_by_text("a.scope 1.0")).to_be_visible()
    expect(page.get_by_text("service.name", exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_stranger_opens_a_trace_that_is_shared(person: NewPerson, server: LiveServer) -> None:
    page, stranger = person(), person(viewport={"width": 390, "height": 800})
    project = send_span(page, server, "Paula")
    page.get_by_role("link", name="Open the latest trace").click()
    trace = f"{project}/traces/{TRACE}"
    page.goto(trace)
    stranger.goto(trace)
    expect(stranger.get_by_text("Nothing here")).to_be_visible()
    page.get_by_text("Share", exact=True).click()
    page.get_by_role("button", name="Make public").click()
    expect(page.get_by_text("This trace is public")).to_be_visible()
    stranger.goto(trace)
    stranger.get_by_role("navigation", name="Observations").get_by_role("link", name="generation").click()
    expect(stranger.get_by_text("Ended with an error")).to_be_visible()
    stranger.get_by_text("OpenTelemetry", exact=True).click()
    expect(stranger.get_by_text("+250 ms")).to_be_visible()
    expect(stranger.get_by_role("navigation", name="Main")).to_have_count(0)
    assert stranger.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_text("Stop sharing", exact=True).click()
    page.get_by_role("button", name="Make private").click()
    expect(page.get_by_text("This trace is public")).to_have_count(0)
    stranger.get_by_role("navigation", name="Observations").get_by_role("link").first.click()
    expect(stranger.get_by_text("Nothing here")).to_be_visible()
