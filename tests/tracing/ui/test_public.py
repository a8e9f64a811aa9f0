"""A public trace: its page, and all that it loads, for anybody; one that is not public for members alone."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditLog, Role
from tests import factories
from tests.analytics.factories import make_score
from tests.cast import Cast
from tests.prompts.making import make_version
from tests.tracing.ingest.pipeline import event, ingest
from tests.tracing.ui.test_pages import add_observation, add_trace
from tracing.models import Trace
from tracing.ui.payloads import MAX_SHOWN

KEY_IN_SCOPE = {"scope": {"name": "sdk", "attributes": {"public_key": "pk-lf-secret", "kept": "yes"}}}
OTEL = {
    "name": "raw",
    "status": {"code": 1, "message": ""},
    "attributes": {"a": "attribute"},
    "events": [],
    "links": [{"traceId": "other-trace", "spanId": "x", "attributes": {}}],
    "resource": {},
    "scope": {"name": "sdk", "version": "1", "attributes": {"public_key": "pk-lf-secret"}},
}


def make_shown(cast: Cast, *, public: bool = True, **values: Any) -> str:
    """Add a trace that has everything; return the address of its page."""
    project_id = cast.a.project_id
    about: dict[str, Any] = {
        "user_id": "ann",
        "session_id": "chat-1",
        "metadata": KEY_IN_SCOPE,
        "name": "shown",
    }
    add_trace(project_id, public=public, clocks=None, input="i" * (MAX_SHOWN + 1), **about, **values)
    prompt = make_version(project_id, "greeting")
    linked: dict[str, Any] = {"prompt_id": prompt.pk, "prompt_name": "greeting", "prompt_version": 1}
    add_observation(project_id, type="GENERATION", output="Two.", otel=json.dumps(OTEL), **linked)
    make_score(
        project_id, trace_id="t", name="quality", value=0.9, author_user_id=str(cast.owner.pk), comment="well"
    )
    return reverse("trace", args=[project_id, "t"])


def loaded(cast: Cast, trace_id: str = "t") -> list[str]:
    """Return the page's address and every address that its parts are loaded from."""
    page, base = reverse("trace", args=[cast.a.project_id, trace_id]), f"/project/{cast.a.project_id}"
    return [
        page,
        f"{page}?observation=o",
        f"{base}/payload?trace={trace_id}&field=input",
        f"{base}/payload?trace={trace_id}&observation=o&field=output",
        f"{base}/otel-span?trace={trace_id}&observation=o",
    ]


def anonymous(cast: Cast) -> Client:
    return Client()


def outsider(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.outsider)
    return client


visitors = pytest.mark.parametrize("visitor", [anonymous, outsider])


@visitors
def test_all_of_a_public_trace_is_open(cast: Cast, visitor: Callable[[Cast], Client]) -> None:
    make_shown(cast)
    client = visitor(cast)
    answers = [client.get(url) for url in loaded(cast)]
    assert [answer.status_code for answer in answers] == [200] * 5
    kept = {(answer.headers["Cache-Control"], answer.headers["X-Robots-Tag"]) for answer in answers}
    assert kept == {("private, no-cache", "noindex")}
    fragment = client.get(loaded(cast)[1], headers={"HX-Request": "true", "HX-Target": "panel"})
    assert fragment.content.decode().startswith('<article id="panel">')
    found = "".join(answer.content.decode() for answer in answers)
    assert all(
        shown in found for shown in ("shown", "ann", "chat-1", "Two.", "quality", "greeting", "attribute")
    )


@visitors
def test_nothing_of_one_that_is_not_public(cast: Cast, visitor: Callable[[Cast], Client]) -> None:
    make_shown(cast, public=False)
    client = visitor(cast)
    unknown = [*loaded(cast, "none"), "/trace/none"]
    for url, other in zip([*loaded(cast), "/trace/t"], unknown, strict=True):
        for headers in ({}, {"HX-Request": "true", "HX-Target": "panel"}):
            answer, none = (client.get(each, headers=headers) for each in (url, other))
            assert (answer.status_code, none.status_code) == (404, 404)
            assert {**answer.headers, "Content-Length": ""} == {**none.headers, "Content-Length": ""}
            assert "Two." not in answer.content.decode()


def test_a_click_in_the_tree_of_a_trace_that_is_closed_meanwhile_loads_the_page_anew(cast: Cast) -> None:
    make_shown(cast, public=False)
    for url in loaded(cast):
        assert anonymous(cast).get(url, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"


@visitors
def test_a_public_trace_opens_nothing_beside_it(cast: Cast, visitor: Callable[[Cast], Client]) -> None:
    make_shown(cast)
    add_trace(cast.a.project_id, "private")
    add_observation(
        cast.a.project_id, "of-private", trace_id="private", output="hidden", otel=json.dumps(OTEL)
    )
    client, base = visitor(cast), f"/project/{cast.a.project_id}"
    for url in (
        f"{base}/traces/t?observation=of-private",
        f"{base}/payload?trace=t&observation=of-private&field=output",
        f"{base}/payload?trace=private&observation=of-private&field=output",
        f"{base}/otel-span?trace=t&observation=of-private",
        f"{base}/otel-span?trace=private&observation=of-private",
        f"/project/{cast.b.project_id}/traces/t",
    ):
        assert client.get(url).status_code == 404, url


@visitors
def test_visitors_get_no_way_into_the_project(cast: Cast, visitor: Callable[[Cast], Client]) -> None:
    make_shown(cast)
    client = visitor(cast)
    for url in loaded(cast):
        text = client.get(url).content.decode()
        for told in ("pk-lf-secret", cast.owner.email, cast.a.project.name, cast.a.organization.name):
            assert told not in text, (url, told)
        for link in (f"{cast.a.project_id}/traces?", f"{cast.a.project_id}/prompts", "/trace/other-trace"):
            assert link not in text, (url, link)
        assert "visibility" not in text and 'class="side"' not in text
    assert "kept" in client.get(loaded(cast)[0]).content.decode()


def test_the_address_that_older_sdks_print(cast: Cast) -> None:
    page = make_shown(cast)
    for client in (anonymous(cast), outsider(cast)):
        assert client.get("/trace/t").headers["Location"] == page
    asked_to_sign_in = anonymous(cast).get("/trace/none").content.decode()
    assert f'href="{reverse("account_login")}?next=%2Ftrace%2Fnone"' in asked_to_sign_in


def test_members_find_their_own_before_a_public_one(cast: Cast) -> None:
    make_shown(cast)
    add_trace(cast.b.project_id)
    assert outsider(cast).get("/trace/t").headers["Location"] == f"/project/{cast.b.project_id}/traces/t"


def test_a_deleted_project_has_no_public_traces(cast: Cast) -> None:
    page = make_shown(cast)
    cast.a.project.deleted_at = Trace.objects.get().created_at
    cast.a.project.save()
    assert [anonymous(cast).get(url).status_code for url in (page, "/trace/t")] == [404, 404]


def publish(client: Client, cast: Cast, public: str, trace_id: str = "t") -> int:
    url = reverse("trace_visibility", args=[cast.a.project_id])
    return client.post(url, {"trace": trace_id, "public": public}).status_code


def test_a_member_opens_and_closes_a_trace(cast: Cast) -> None:
    page, member = make_shown(cast, public=False), factories.make_user()
    factories.make_membership(member, cast.a.organization, role=Role.MEMBER)
    client = Client()
    client.force_login(member)
    assert "Make public" in client.get(page).content.decode()
    assert publish(client, cast, "1") == 302 and anonymous(cast).get(page).status_code == 200
    opened = client.get(page).content.decode()
    assert "Make private" in opened and "This trace is public" in opened
    assert publish(client, cast, "0") == 302 and anonymous(cast).get(page).status_code == 404
    assert publish(client, cast, "0") == 302
    lines = AuditLog.objects.filter(resource_type="trace", resource_id="t").order_by("created_at")
    assert [(line.before, line.after, line.user_id) for line in lines] == [
        ('{"public": false}', '{"public": true}', member.pk),
        ('{"public": true}', '{"public": false}', member.pk),
    ]
    assert publish(client, cast, "1", "none") == 404


def test_others_open_nothing(cast: Cast) -> None:
    page = make_shown(cast, public=False)
    viewer = Client()
    viewer.force_login(cast.viewer)
    assert "Make public" not in viewer.get(page).content.decode()
    who = (viewer, outsider(cast), anonymous(cast))
    assert [publish(client, cast, "1") for client in who] == [403, 404, 302]
    assert Trace.objects.filter(public=True).count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("second", "is_public"), [("2024-01-01", False), ("2999-01-01", True)])
def test_events_of_before_leave_it_and_those_of_after_decide(
    cast: Cast, second: str, is_public: bool
) -> None:
    def said(moment: str, **body: Any) -> None:
        sent = event("trace-create", {"id": "t", "name": "shown", **body}, at=f"{moment}T00:00:00Z")
        ingest(cast.a, [sent])

    said("2024-01-02", public=True)
    client = Client()
    client.force_login(cast.owner)
    assert publish(client, cast, "0") == 302
    said(second, public=True, input="more")
    trace = Trace.objects.get()
    assert (trace.public, trace.input, trace.name) == (is_public, "more", "shown")


@pytest.mark.django_db(transaction=True)
def test_a_trace_that_only_its_observations_tell_of_can_be_opened(cast: Cast) -> None:
    ingest(cast.a, [event("span-create", {"id": "s", "traceId": "t", "startTime": "2024-01-01T00:00:00Z"})])
    client = Client()
    client.force_login(cast.owner)
    assert publish(client, cast, "1") == 302
    ingest(cast.a, [event("trace-create", {"id": "t", "name": "named"})])
    trace = Trace.objects.get()
    assert (trace.public, trace.name, trace.observation_count) == (True, "named", 1)
