"""Every page against the cast: strangers find nothing, roles hold, buttons follow roles."""

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from accounts.ui.urls import urlpatterns as account_pages
from analytics.budgets.urls import urlpatterns as budget_pages
from analytics.ui.urls import urlpatterns as analytics_pages
from prompts.ui.files_urls import urlpatterns as file_pages
from tests.cast import Cast
from tracing.ui.urls import urlpatterns as tracing_pages

PAGES: list[URLPattern] = [*account_pages, *tracing_pages, *analytics_pages, *budget_pages, *file_pages]
OF_A_TENANT = [page for page in PAGES if {"project_id", "organization_id"} & set(page.pattern.converters)]
MAY_VIEW = {
    "budget",
    "export_prompts",
    "organization",
    "project",
    "dashboards",
    "dashboard",
    "saved_dashboard",
    "traces",
    "trace",
    "first_trace",
    "payload",
    "otel_span",
    "remove_member",
}


MAYBE_PUBLIC = {"trace", "payload", "otel_span"}
"""What a public trace's page loads: whoever may not see it is not asked to sign in, as there may be nothing."""


def url_of(page: URLPattern, cast: Cast) -> str:
    """Return the page of tenant A."""
    values = {"project_id": cast.a.project_id, "organization_id": cast.a.organization.id}
    values |= {"key_id": cast.a.api_key.id, "invitation_id": "none", "trace_id": "none", "membership_id": "1"}
    values |= {"repricing_id": "none", "upload_id": "none"}
    values |= {"key": "cost", "dashboard_id": "none", "placement_id": "none", "widget_id": "none"}
    return reverse(page.name, kwargs={name: values[name] for name in page.pattern.converters})


def ask(client: Client, page: URLPattern, cast: Cast) -> int:
    url = url_of(page, cast)
    answer = client.get(url)
    return client.post(url).status_code if answer.status_code == 405 else answer.status_code


@pytest.mark.parametrize("page", OF_A_TENANT, ids=lambda page: page.name)
def test_strangers_find_nothing(client: Client, cast: Cast, page: URLPattern) -> None:
    assert ask(client, page, cast) == (404 if page.name in MAYBE_PUBLIC else 302)
    client.force_login(cast.outsider)
    assert ask(client, page, cast) == 404


@pytest.mark.parametrize("page", OF_A_TENANT, ids=lambda page: page.name)
def test_viewers_open_what_their_role_allows(client: Client, cast: Cast, page: URLPattern) -> None:
    client.force_login(cast.viewer)
    status = ask(client, page, cast)
    assert (status != 403) if page.name in MAY_VIEW else (status == 403)


def test_links_follow_the_role(client: Client, cast: Cast) -> None:
    page, keys = (f"/project/{cast.a.project_id}/{end}" for end in ("traces", "settings/api-keys"))
    client.force_login(cast.viewer)
    assert keys not in client.get(page).content.decode()
    client.force_login(cast.owner)
    assert keys in client.get(page).content.decode()
    assert "Revoke this key" in client.get(keys).content.decode()


def test_pages_run_nothing_that_is_not_ours(client: Client, cast: Cast) -> None:
    client.force_login(cast.owner)
    answer = client.get(f"/project/{cast.a.project_id}/setup")
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    html = answer.content.decode()
    assert "<script>" not in html
    assert "onclick" not in html
    assert " style=" not in html


@pytest.mark.parametrize("scheme", ["https://evil.example", "//evil.example"])
def test_no_way_to_another_site_by_signing_in(client: Client, cast: Cast, scheme: str) -> None:
    cast.owner.set_password("a long password 42")
    cast.owner.save()
    form = {"login": cast.owner.email, "password": "a long password 42", "next": f"{scheme}/"}
    assert client.post("/auth/sign-in", form).headers["Location"] == "/"


def test_a_form_without_its_token_is_explained(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.owner)
    answer = client.post("/setup", {"name": "x"})
    assert answer.status_code == 403
    assert b"Please try again" in answer.content
    assert b"Langfuse Site" in answer.content


@pytest.mark.parametrize(
    "path",
    [
        "project/%00/traces",
        "project/{a}/traces/%00",
        "project/{a}/traces/x%0Ay",
        "project/{a}/traces?before=now~x",
        "project/{a}/payload?trace=%00&field=input",
        "organization/%00",
        "organization/{a}/settings/members?q=%00&page=x",
        "trace/%ff%fe",
        "invitations/%00",
        "project/{a}/members/99999999999999999999",
    ],
)
def test_odd_addresses_are_not_found(client: Client, cast: Cast, path: str) -> None:
    client.force_login(cast.owner)
    answer = client.get(f"/{path.format(a=cast.a.project_id)}")
    assert answer.status_code in {404, 405}
