"""A team changes a prompt in the admin: edited, reviewed, proposed, approved, served; others see nothing."""

import base64
import json
import re
from typing import Any
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPerson, create_project, sign_up
from tests.live import LiveServer, eventually

pytestmark = pytest.mark.services

PROMPTS = "/admin/prompts/prompt/"


class Keys:
    """A project's keys, as a client of the API has them."""

    def __init__(self, host: str, page: Page) -> None:
        page.get_by_role("button", name="Create API keys").click()
        pair = [page.locator(key).inner_text() for key in ("#public-key", "#secret-key")]
        self.host, self.token = host, base64.b64encode(":".join(pair).encode()).decode()

    def ask(self, path: str, body: Any = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Basic {self.token}", "Content-Type": "application/json"}
        with urlopen(Request(f"{self.host}/api/public/v2/prompts{path}", content, headers)) as answer:
            return json.load(answer)


def join(owner: Page, project: str, newcomer: Page, name: str, role: str, server: LiveServer) -> None:
    """Let somebody new into the organization of the owner's project."""
    owner.goto(f"{project}/traces")
    owner.get_by_role("link", name="Members").click()
    owner.get_by_text("Invite somebody").click()
    owner.get_by_label("Email").fill(f"{name.lower()}@example.com")
    owner.get_by_label("Role", exact=True).first.select_option(role)
    owner.get_by_role("button", name="Invite", exact=True).click()
    link = owner.get_by_role("button", name="Copy link").first.get_attribute("data-copy") or ""
    newcomer.goto(re.sub(r"^https?://[^/]+", server.host, link))
    newcomer.get_by_role("link", name="Create an account").click()
    sign_up(newcomer, name, at=newcomer.url)
    newcomer.get_by_role("button", name=f"Accept as {name.lower()}@example.com").click()
    newcomer.wait_for_load_state()


def found(owner: Page, team: str, server: LiveServer) -> tuple[str, Keys]:
    """Make an organization with a project and keys; return the project's address and the keys."""
    sign_up(owner, f"{team}Owner")
    project = create_project(owner, team, team)
    return project, Keys(server.host, owner)


def open_prompt(page: Page, name: str) -> None:
    page.goto(f"{PROMPTS}?q={name}")
    page.get_by_role("link", name=name).first.click()


def save(page: Page, message: str) -> None:
    page.get_by_role("button", name="Review changes").last.click()
    page.get_by_label("Commit message").fill(message)
    page.get_by_role("button", name=re.compile("Save as version")).click()


def test_a_change_is_edited_reviewed_and_served(person: NewPerson, server: LiveServer) -> None:
    owner, member = person(), person()
    project, keys = found(owner, "Review", server)
    keys.ask(
        "", {"name": "greeting", "prompt": "Hello {{name}}", "labels": ["production"], "config": {"t": 1}}
    )
    join(owner, project, member, "Mia", "MEMBER", server)
    member.goto("/admin/prompts/prompt/")
    member.get_by_role("link", name="greeting").click()
    member.get_by_role("link", name="Edit as new version").click()
    member.locator("#text").fill("Hello dear {{name}} from {{city}}")
    expect(member.locator("#beside").get_by_text("city", exact=True)).to_be_visible()
    member.get_by_label("Config").fill('{"t": 2')
    expect(member.locator("#config-told")).not_to_be_empty()
    member.get_by_role("button", name="Review changes").last.click()
    expect(member.get_by_text("This is not JSON")).to_be_visible()
    member.get_by_label("Config").fill('{"t": 2}')
    member.get_by_role("button", name="Review changes").last.click()
    expect(member.locator("mark").filter(has_text="dear")).to_be_visible()
    member.get_by_label("Commit message").fill("Name the city")
    member.get_by_role("button", name="Save as version 2").click()
    expect(member.get_by_text("Version 2 is saved")).to_be_visible()
    assert keys.ask("/greeting")["version"] == 1

    member.get_by_role("link", name="Propose for a label").click()
    member.get_by_label("Label", exact=True).fill("production")
    member.get_by_role("button", name="Show what changes").click()
    expect(member.get_by_text("Version 1 loses")).to_be_visible()
    member.get_by_label("What changes, and why").fill("Customers asked where we are")
    member.get_by_role("button", name="Open the change request").click()
    expect(member.get_by_text("your own request")).to_be_visible()
    expect(member.get_by_role("button", name="Approve")).to_have_count(0)

    owner.goto("/admin/prompts/promptchangerequest/")
    owner.get_by_role("link", name="Customers asked where we are").click()
    expect(owner.locator("mark").filter(has_text="dear")).to_be_visible()
    owner.get_by_role("button", name="Approve").click()
    expect(owner.get_by_text("The label has moved")).to_be_visible()

    def served() -> None:
        answer = keys.ask("/greeting")
        assert (answer["version"], answer["config"]) == (2, {"t": 2})

    eventually(served)
    open_prompt(owner, "greeting")
    owner.get_by_role("link", name="Labels", exact=True).click()
    owner.get_by_role("button", name="Roll back to 1").click()
    expect(owner.get_by_text("rolled back to version 1")).to_be_visible()
    assert eventually(lambda: _version(keys, "/greeting", 1)) == 1


def _version(keys: Keys, path: str, number: int) -> int:
    found_number: int = keys.ask(path)["version"]
    assert found_number == number
    return found_number


def test_a_chat_is_edited_by_keyboard_and_saved(person: NewPerson, server: LiveServer) -> None:
    page = person()
    _, keys = found(page, "Chat", server)
    chat = [{"role": "system", "content": "Be brief"}, {"role": "user", "content": "{{question}}"}]
    keys.ask("", {"name": "talk", "type": "chat", "prompt": chat})
    open_prompt(page, "talk")
    page.get_by_role("link", name="Edit as new version").click()
    page.get_by_role("button", name="Placeholder", exact=True).focus()
    page.keyboard.press("Enter")
    page.keyboard.type("history")
    expect(page.locator("#beside").get_by_text("history")).to_be_visible()
    page.get_by_role("button", name="Move up").last.focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Message", exact=True).focus()
    page.keyboard.press("Enter")
    page.keyboard.type("Thank you")
    page.get_by_role("button", name="Remove").first.click()
    save(page, "History in between")
    expect(page.get_by_text("Version 2 is saved")).to_be_visible()
    assert keys.ask("/talk?label=latest")["prompt"] == [
        {"type": "placeholder", "name": "history"},
        {"role": "user", "content": "{{question}}"},
        {"role": "user", "content": "Thank you"},
    ]


def test_the_second_of_two_editors_is_told(person: NewPerson, server: LiveServer) -> None:
    first, second = person(), person()
    project, keys = found(first, "Two", server)
    keys.ask("", {"name": "shared", "prompt": "one two three"})
    join(first, project, second, "Second", "MEMBER", server)
    for page in (first, second):
        open_prompt(page, "shared")
        page.get_by_role("link", name="Edit as new version").click()
    first.locator("#text").fill("ONE two three")
    save(first, "Louder")
    second.locator("#text").fill("one two four")
    second.get_by_role("button", name="Review changes").last.click()
    expect(second.get_by_text("Somebody saved while you were editing")).to_be_visible()
    expect(second.locator("mark").filter(has_text="ONE").first).to_be_visible()
    second.get_by_role("button", name="Go on editing").click()
    second.locator("#text").fill("ONE two four")
    save(second, "Both")
    expect(second.get_by_text("Version 3 is saved")).to_be_visible()
    assert keys.ask("/shared?label=latest")["prompt"] == "ONE two four"


def test_what_was_typed_outlives_the_page(person: NewPerson, server: LiveServer) -> None:
    page = person()
    _, keys = found(page, "Draft", server)
    keys.ask("", {"name": "draft", "prompt": "short"})
    page.on("dialog", lambda dialog: dialog.accept())
    open_prompt(page, "draft")
    page.get_by_role("link", name="Edit as new version").click()
    page.locator("#text").click()
    page.keyboard.press("Control+A")
    page.keyboard.type("an hour of work")
    page.wait_for_function("Object.values(sessionStorage).some((kept) => kept.includes('an hour of work'))")
    page.goto("/")
    page.go_back()
    page.reload()
    page.get_by_role("button", name="Bring it back").click()
    expect(page.locator("#text")).to_have_value("an hour of work")
    save(page, "Kept")
    expect(page.get_by_text("Version 2 is saved")).to_be_visible()
    page.get_by_role("link", name="Edit as new version").click()
    expect(page.get_by_role("button", name="Bring it back")).to_be_hidden()


def test_a_prompt_is_made_in_the_browser(person: NewPerson, server: LiveServer) -> None:
    page = person()
    _, keys = found(page, "Maker", server)
    page.goto("/admin/prompts/prompt/")
    page.get_by_role("link", name="Make the first prompt").click()
    page.get_by_label("Name").fill("mail/welcome")
    page.locator("#text").fill("Welcome, {{name}}")
    page.get_by_label("Type").select_option("chat")
    expect(page.get_by_role("textbox", name="Content")).to_have_value("Welcome, {{name}}")
    page.get_by_role("button", name="Review", exact=True).last.click()
    page.get_by_label("Commit message").fill("First")
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Save the prompt").click()
    expect(page.get_by_text("The prompt is saved. It is served as production.")).to_be_visible()
    assert keys.ask("/mail/welcome")["prompt"] == [{"role": "user", "content": "Welcome, {{name}}"}]
    page.goto("/admin/prompts/prompt/")
    page.get_by_role("link", name="mail").click()
    expect(page.get_by_role("link", name="welcome")).to_be_visible()


def test_a_viewer_reads_and_an_outsider_finds_nothing(person: NewPerson, server: LiveServer) -> None:
    owner, viewer, outsider = person(), person(), person()
    project, keys = found(owner, "Private", server)
    keys.ask("", {"name": "recipe", "prompt": "the secret sauce", "labels": ["production"]})
    join(owner, project, viewer, "Vic", "VIEWER", server)
    open_prompt(viewer, "recipe")
    expect(viewer.get_by_text("the secret sauce")).to_be_visible()
    expect(viewer.get_by_role("link", name="Edit as new version")).to_have_count(0)
    prompt = viewer.url.split("/change/")[0]
    for page in ("edit", "move", "propose", "tags"):
        answer = viewer.goto(f"{prompt}/{page}/")
        assert answer and answer.status == 403, page
    found(outsider, "Elsewhere", server)
    for page in ("change", "edit", "diff", "labels", "changes", "usage", "move", "propose", "history"):
        answer = outsider.goto(f"{prompt}/{page}/")
        assert answer and answer.status == 404, page
        assert "secret" not in outsider.content()
    outsider.goto(f"{PROMPTS}?q=recipe")
    expect(outsider.get_by_text("the secret sauce")).to_have_count(0)
    expect(outsider.get_by_role("link", name="recipe")).to_have_count(0)
