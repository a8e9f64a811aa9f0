"""What the page of the keys offers to copy runs as it stands, and its trace arrives."""

import os
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPerson, create_project, sign_up
from tests.live import LiveServer
from tests.sdk.environments import NODE, node_environment, python_environment

pytestmark = pytest.mark.services

ENVIRONMENTS = {"python": "langfuse5", "otel": "opentelemetry", "python2": "langfuse2"}
PACKAGES = {"js": "langfuse5", "js3": "langfuse3"}
KINDS = [*ENVIRONMENTS, *PACKAGES, "curl"]


def run(kind: str, snippet: str, folder: Path, packages: str = "") -> str:
    """Run a snippet as somebody would who has pasted it into a file or a shell; return what it prints.

    `packages` names another environment than the newest of its kind.
    """
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    file = folder / ("snippet.mjs" if kind in PACKAGES else "snippet")
    file.write_text(snippet, encoding="utf-8")
    command: list[str | Path] = ["bash", "-e", file]
    if kind in PACKAGES:
        modules = folder / "node_modules"
        modules.unlink(missing_ok=True)
        modules.symlink_to(node_environment(packages or PACKAGES[kind]) / "node_modules")
        command = [NODE, file]
    elif kind in ENVIRONMENTS:
        command = [python_environment(packages or ENVIRONMENTS[kind]), file]
    done = subprocess.run(
        command, env=environment, cwd=folder, check=True, timeout=120, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_a_snippet_sends_the_first_trace(
    person: NewPerson, server: LiveServer, tmp_path: Path, kind: str
) -> None:
    page = person()
    sign_up(page, f"Snippet-{kind}")
    create_project(page, kind, kind)
    page.get_by_role("button", name="Create API keys").click()
    snippet = page.locator(f"#snippet-{kind}").text_content()
    assert snippet
    run(kind, snippet, tmp_path)
    page.get_by_role("link", name="Open the latest trace").click()
    expect(page.get_by_role("heading", name="first-trace", level=1)).to_be_visible()
    if kind != "curl":
        page.get_by_role("link", name="answer").click()
        expect(page.locator("#panel")).to_contain_text("gpt-4o-mini")
        expect(page.locator("#panel")).to_contain_text("$0.0000018")
