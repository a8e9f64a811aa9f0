"""The pages of prompts in a browser: what they offer to copy runs with every SDK, and all of them fit the screen."""

import base64
import json
import re
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPerson, create_project, sign_up
from tests.browser.test_snippets import run
from tests.live import LiveServer

pytestmark = pytest.mark.services

SDKS = [
    *(("python", f"langfuse{major}") for major in (3, 4, 5)),
    *(("js", f"langfuse{major}") for major in (4, 5)),
    ("python2", "langfuse2"),
    ("js3", "langfuse3"),
    ("curl", ""),
]
SYSTEM = {"role": "system", "content": "Help {{company}}, in a nutshell"}
HISTORY = {"type": "placeholder", "name": "history"}

Keys = tuple[str, str]


def take_keys(page: Page) -> Keys:
    page.get_by_role("button", name="Create API keys").click()
    return page.locator("#public-key").inner_text(), page.locator("#secret-key").inner_text()


def post(server: LiveServer, keys: Keys, body: dict[str, Any]) -> None:
    token = base64.b64encode(":".join(keys).encode()).decode()
    headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}
    url = f"{server.host}/api/public/v2/prompts"
    with urlopen(Request(url, json.dumps(body).encode(), headers)) as answer:
        assert answer.status == 201


def snippet_on(page: Page, kind: str, keys: Keys) -> str:
    """Return a snippet with keys in it, as somebody would who has pasted it."""
    text: str | None = page.locator(f"#snippet-{kind}").text_content()
    assert text
    return text.replace("pk-lf-…", keys[0]).replace("sk-lf-…", keys[1])


@pytest.mark.parametrize(("kind", "environment"), SDKS, ids=lambda value: value or "shell")
def test_snippets_create_and_fetch(
    person: NewPerson, server: LiveServer, tmp_path: Path, kind: str, environment: str
) -> None:
    page = person()
    sign_up(page, f"Prompts-{kind}-{environment}")
    project = create_project(page, kind, environment or kind)
    keys = take_keys(page)
    page.get_by_role("link", name="Prompts", exact=True).click()
    first = run(kind, snippet_on(page, kind, keys), tmp_path, environment)
    assert "in one sentence." in first
    page.reload()
    page.get_by_role("link", name="greeting").click()
    expect(page.locator("mark.variable").first).to_have_text("name")
    # SDK 2 for Python refuses placeholders.
    messages = [SYSTEM] if kind == "python2" else [SYSTEM, HISTORY]
    chat = {"name": 'Größe/a "b" & c', "type": "chat", "prompt": messages, "labels": ["staging"]}
    post(server, keys, chat)
    page.goto(f"{project}/prompts?label=staging")
    page.locator("td.long a").click()
    page.get_by_role("link", name="Use it").click()
    assert "in a nutshell" in run(kind, snippet_on(page, kind, keys), tmp_path, environment)
    page.get_by_role("link", name="Clients").click()
    fetched = page.locator("tr", has_text="staging").locator(f"code[title='{keys[0]}']")
    for _ in range(20):
        if fetched.count():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(fetched).to_have_count(1)


def test_from_a_list_to_what_changed(person: NewPerson, server: LiveServer) -> None:
    page = person()
    sign_up(page, "Reader")
    project = create_project(page, "Reading", "Reading")
    keys = take_keys(page)
    for text, labels in (("Be very kind", ["production"]), ("Be quite kind", [])):
        post(server, keys, {"name": "rules/tone", "prompt": text, "labels": labels})
    page.goto(f"{project}/prompts")
    page.keyboard.press("/")
    page.keyboard.type("quite")
    expect(page.get_by_label("Search prompts")).to_have_value("quite")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 prompt that has")).to_be_visible()
    page.get_by_role("link", name="show all").click()
    page.get_by_role("link", name="rules").click()
    expect(page.locator("[id^='uses-']")).to_have_text("0")
    page.get_by_role("link", name="tone").click()
    expect(page.get_by_role("link", name="2 latest")).to_have_attribute("aria-current", "true")
    page.keyboard.press("j")
    expect(page.locator(".prose")).to_have_text("Be very kind")
    page.keyboard.press("k")
    expect(page.locator(".prose")).to_have_text("Be quite kind")
    page.get_by_role("link", name="Compare with production").click()
    expect(page.locator("del")).to_have_text("very")
    expect(page.locator("ins")).to_have_text("quite")
    page.get_by_role("link", name="Swap").click()
    expect(page).to_have_url(re.compile(r"/prompts/rules/tone\?from=2&to=1$"))


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_every_page_fits_the_screen(person: NewPerson, server: LiveServer, width: int, scheme: str) -> None:
    page = person(viewport={"width": width, "height": 800}, color_scheme=scheme)
    sign_up(page, f"Prompts{width}")
    project = create_project(page, "Fits", "Fits")
    keys = take_keys(page)
    pages = ["prompts"]
    assert fits(page, f"{project}/prompts", width)
    word = "w" * 300
    for labels in (["production"], [f"label-number-{number}" for number in range(12)]):
        body = {"name": f"{word}/{word}", "prompt": f"{word} {{{{{word}}}}}", "config": {word: word}}
        post(server, keys, {**body, "labels": labels, "tags": [word], "commitMessage": word})
    prompt = f"prompts/{word}/{word}"
    pages += [f"prompts?folder={word}", f"prompts?q={word}&tag={word}", prompt, f"{prompt}?from=1&to=2"]
    pages += [f"{prompt}?show={tab}" for tab in ("use", "usage", "clients", "labels")]
    for path in pages:
        assert fits(page, f"{project}/{path}", width), path


def fits(page: Page, url: str, width: int) -> bool:
    answer = page.goto(url)
    assert answer and answer.status == 200, url
    return bool(page.evaluate("document.documentElement.scrollWidth") <= width)


def test_the_versions_on_a_phone(person: NewPerson, server: LiveServer) -> None:
    page = person(viewport={"width": 390, "height": 800})
    sign_up(page, "Thumb")
    project = create_project(page, "Thumb", "Thumb")
    keys = take_keys(page)
    for text in ("first text", "second text"):
        post(server, keys, {"name": "p", "prompt": text})
    page.goto(f"{project}/prompts/p")
    older = page.locator(".timeline a.open", has_text="1")
    expect(older.last).to_be_hidden()
    page.locator("label.fold-button[for=fold-versions]").click()
    older.last.click()
    expect(page.get_by_text("first text")).to_be_visible()
