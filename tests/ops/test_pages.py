"""Addresses that take forms alone, opened; forms of visitors whose session is over: what to do next is said."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import Membership
from langfuse_site.pages import page_above
from tests.cast import Cast


def patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            if not str(one.pattern).startswith(("api/", "admin/")):
                yield from patterns(one)
        else:
            yield one


PAGES = [one for one in patterns(get_resolver()) if one.name and "project_id" in one.pattern.converters]
"""Of a project; their addresses need an id at most that may be made up."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_who_opens_an_address_of_a_form_is_led_to_its_page(
    client: Client, cast: Cast, page: URLPattern
) -> None:
    client.force_login(cast.owner)
    values = dict.fromkeys(page.pattern.converters, "none") | {"project_id": cast.a.project_id}
    if "membership_id" in values:
        values["membership_id"] = str(Membership.objects.filter(user=cast.viewer).get().pk)
    answer = client.get(reverse(page.name, kwargs=values))
    if answer.status_code != 405:
        return
    html = answer.content.decode()
    assert ("only takes a form" in html, answer["Allow"]) == (True, "POST")
    above = page_above(answer.wsgi_request.path)
    assert f'href="{above}"' in html
    assert client.get(above).status_code in {200, 404, 405}


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("/project/p/models/r/apply", "/project/p/models"),
        ("/project/p/api-keys/k/revoke", "/project/p/settings/api-keys"),
        ("/organization/o/members/5/remove", "/organization/o/settings/members"),
        ("/project/p/dashboards/d/tiles/t", "/project/p/dashboards/d"),
        ("/admin/prompts/prompt/preview", "/admin/"),
        ("/nowhere", "/"),
    ],
)
def test_the_page_of_a_form(address: str, page: str) -> None:
    assert page_above(address) == page


def test_a_form_of_somebody_signed_out_leads_back_to_its_page(client: Client, cast: Cast) -> None:
    page, action = (reverse(name, args=[cast.a.project_id]) for name in ("prices", "set_price"))
    answer = client.post(action, {"name": "m"}, headers={"Referer": f"http://testserver{page}?days=7"})
    assert answer["Location"] == f"/auth/sign-in?next={quote(f'{page}?days=7', safe='')}"
    assert "was not saved" in client.get(answer["Location"]).content.decode()
    elsewhere = client.post(action, headers={"Referer": "https://elsewhere.example/x"})
    assert elsewhere["Location"].endswith(quote(action, safe=""))


def test_signing_out_twice_is_no_loss(client: Client) -> None:
    assert "next" not in client.post("/auth/sign-out")["Location"]


def test_a_form_sent_to_what_takes_none(client: Client, cast: Cast) -> None:
    client.force_login(cast.owner)
    answer = client.post(f"/project/{cast.a.project_id}/prompt-files/export")
    assert (answer.status_code, "takes no form" in answer.content.decode()) == (405, True)


def test_the_api_answers_as_before(client: Client) -> None:
    assert client.get("/api/public/ingestion")["Content-Type"] == "application/json"
