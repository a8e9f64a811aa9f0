"""The way of a newcomer in a browser: from signing up to the first trace, and who else may look."""

import base64
import json
import re
from datetime import UTC, datetime
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD, NewPerson, create_project, sign_up
from tests.live import LiveServer

pytestmark = pytest.mark.services


def send_trace(host: str, public_key: str, secret_key: str, name: str) -> None:
    now = datetime.now(UTC).isoformat()
    body = {"id": f"{name}/1", "name": name, "timestamp": now, "input": "hello"}
    event = {"id": name, "type": "trace-create", "timestamp": now, "body": body}
    token = base64.b64encode(f"{public_key}:{secret_key}".encode()).decode()
    headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}
    content = json.dumps({"batch": [event]}).encode()
    with urlopen(Request(f"{host}/api/public/ingestion", content, headers)) as answer:
        assert json.load(answer)["errors"] == []


def test_from_sign_up_to_the_first_trace(person: NewPerson, server: LiveServer) -> None:
    page = person()
    email = sign_up(page, "Ada")
    page.get_by_role("link", name="Create an organization").click()
    project = create_project(page, "Acme", "Assistant")
    page.get_by_role("button", name="Create API keys").click()
    public_key, secret_key = (
        page.locator("#public-key").inner_text(),
        page.locator("#secret-key").inner_text(),
    )
    assert secret_key in page.locator("#snippet-python").inner_text()
    send_trace(server.host, public_key, secret_key, "first")
    page.get_by_role("link", name="Open the latest trace").click()
    page.wait_for_url(re.compile(r"/traces/first/1$"))
    expect(page.get_by_role("heading", name="first", level=1)).to_be_visible()
    page.get_by_role("link", name="Sign out").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{project}/traces")
    expect(page.get_by_role("link", name="first", exact=True)).to_be_visible()


def test_a_secret_is_shown_once(person: NewPerson) -> None:
    page = person()
    sign_up(page, "Once")
    project = create_project(page, "Once", "Once")
    page.get_by_role("button", name="Create API keys").click()
    public_key, secret_key = (
        page.locator("#public-key").inner_text(),
        page.locator("#secret-key").inner_text(),
    )
    page.reload()
    assert secret_key not in page.content()
    page.goto(f"{project}/settings/api-keys")
    assert secret_key not in page.content()
    expect(page.get_by_title(public_key)).to_have_count(1)


def test_a_page_without_traces_opens_the_first(person: NewPerson, server: LiveServer) -> None:
    page = person()
    sign_up(page, "Wait")
    project = create_project(page, "Wait", "Wait")
    page.get_by_role("button", name="Create API keys").click()
    keys = [page.locator(key).inner_text() for key in ("#public-key", "#secret-key")]
    page.goto(f"{project}/traces")
    expect(page.get_by_text("Waiting for the first trace")).to_be_visible()
    send_trace(server.host, keys[0], keys[1], "early")
    page.wait_for_url(re.compile(r"/traces/early/1$"))


def test_a_key_is_revoked_after_a_question(person: NewPerson) -> None:
    page = person()
    sign_up(page, "Grace")
    project = create_project(page, "Navy", "Compiler")
    page.goto(f"{project}/settings/api-keys")
    page.get_by_label("Note").fill("laptop")
    page.get_by_role("button", name="Create API keys").click()
    page.get_by_text("Revoke", exact=True).click()
    page.get_by_role("button", name="Revoke this key").click()
    expect(page.get_by_text("is revoked")).to_be_visible()
    expect(page.get_by_text("No keys yet")).to_be_visible()


def invite(page: Page, email: str) -> str:
    """Invite somebody as a viewer; return the link that the page offers to copy."""
    page.get_by_role("link", name="Members").click()
    page.get_by_text("Invite somebody").click()
    page.get_by_label("Email").fill(email)
    page.get_by_label("Role", exact=True).first.select_option("VIEWER")
    page.get_by_role("button", name="Invite", exact=True).click()
    return str(page.get_by_role("button", name="Copy link").get_attribute("data-copy"))


def test_a_viewer_looks_and_an_outsider_finds_nothing(person: NewPerson, server: LiveServer) -> None:
    owner, viewer, outsider = person(), person(), person()
    sign_up(owner, "Owner")
    project = create_project(owner, "Company", "Product")
    link = re.sub(r"^https?://[^/]+", server.host, invite(owner, "viewer@example.com"))
    viewer.goto(link)
    viewer.get_by_role("link", name="Create an account").click()
    sign_up(viewer, "Viewer", at=viewer.url)
    viewer.get_by_role("button", name="Accept as viewer@example.com").click()
    viewer.goto(f"{project}/traces")
    expect(viewer.get_by_role("link", name="API keys")).to_have_count(0)
    answer = viewer.goto(f"{project}/settings/api-keys")
    assert answer and answer.status == 403
    expect(viewer.get_by_text("Revoke")).to_have_count(0)
    sign_up(outsider, "Outsider")
    for page in ("traces", "settings/api-keys", "settings", "setup"):
        answer = outsider.goto(f"{project}/{page}")
        assert answer and answer.status == 404


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_every_page_fits_the_screen(person: NewPerson, width: int, scheme: str) -> None:
    page = person(viewport={"width": width, "height": 800}, color_scheme=scheme)
    sign_up(page, f"Fits{width}")
    project = create_project(page, "An organization with quite a long name for a phone", "Fits")
    organization = page.locator("a[href^='/organization/']").first.get_attribute("href")
    ends = ("traces", "setup", "settings", "settings/api-keys", "settings/members")
    pages = ["/", "/setup", "/account/settings", "/auth/change-password", f"{organization}/settings/members"]
    for url in [*pages, f"{organization}/settings", *(f"{project}/{end}" for end in ends)]:
        answer = page.goto(url)
        assert answer and answer.status == 200, url
        assert page.evaluate("document.documentElement.scrollWidth") <= width, url


def test_the_menu_of_a_phone(person: NewPerson) -> None:
    page = person(viewport={"width": 390, "height": 800})
    sign_up(page, "Phone")
    create_project(page, "Pocket", "Small")
    expect(page.get_by_role("link", name="API keys")).to_be_hidden()
    page.locator(".fold-button").click()
    page.get_by_role("link", name="API keys").click()
    expect(page.get_by_role("heading", name="API keys")).to_be_visible()
