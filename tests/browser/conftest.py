"""Chromium and people who use it: each has a profile of their own, and no page may complain in the console."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.live import ROOT, LiveServer, running_server

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
PASSWORD = "a long password 42"

NewPerson = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium for one file of tests: while Playwright runs, Django refuses to touch the database in its thread."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """An installation with its static files as production has them: collected, hashed, compressed."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("HASHED_STATIC_FILES", "true")
        environment.setenv("STATIC_ROOT", str(tmp_path_factory.mktemp("static")))
        collect = [sys.executable, str(ROOT / "manage.py"), "collectstatic", "--noinput", "--verbosity", "0"]
        subprocess.run(collect, env=dict(os.environ), cwd=ROOT, check=True)
        with running_server(tmp_path_factory.mktemp("browser")) as running:
            yield running


@pytest.fixture
def person(browser: Browser, server: LiveServer) -> Iterator[NewPerson]:
    """Open the page of somebody new; at the end, fail if a script or a policy was refused."""
    complaints: list[str] = []
    opened: list[Page] = []

    def new(**options: Any) -> Page:
        page = browser.new_context(base_url=server.host, **options).new_page()
        page.on("console", lambda message: complaints.append(message.text) if is_complaint(message) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        opened.append(page)
        return page

    yield new
    for page in opened:
        page.context.close()
    assert complaints == []


def is_complaint(message: Any) -> bool:
    # Chromium reports every page that is answered 403 or 404, which some tests want to see.
    return message.type == "error" and "Failed to load resource" not in message.text


def sign_up(page: Page, name: str, *, at: str = "/auth/sign-up") -> str:
    """Create an account; return its address."""
    email = f"{name.lower()}@example.com"
    page.goto(at)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    return email


def create_project(page: Page, organization: str, project: str) -> str:
    """Create an organization with a project by the steps of the set-up; return the project's address."""
    page.goto("/setup")
    page.get_by_label("Name").fill(organization)
    page.get_by_role("button", name="Create organization").click()
    page.get_by_label("Name").fill(project)
    page.get_by_role("button", name="Create project").click()
    expect(page.get_by_role("heading", name="Send the first trace")).to_be_visible()
    return str(page.url).removesuffix("/setup")
