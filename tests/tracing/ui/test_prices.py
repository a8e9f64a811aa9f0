"""Models and prices of a project: what is unpriced stands first, a look comes before the change."""

from typing import Any

from django.test import Client
from django.utils import timezone

from tests.analytics.rollups.refreshing import refresh
from tests.cast import Cast, Side
from tests.factories import make_user
from tests.tracing.ingest.pipeline import event, ingest
from tracing.models import Model, Observation, Repricing
from tracing.queries.model_use import seen_models, unpriced_everywhere
from tracing.repricing.runs import reprice

NOW = timezone.now()


def use(side: Side, name: str, *ids: str) -> None:
    body = {"model": name, "usageDetails": {"input": 1_000_000, "output": 0}, "startTime": NOW.isoformat()}
    ingest(side, [event("generation-create", {"id": id_, "traceId": "t", **body}, id_=id_) for id_ in ids])


def url(cast: Cast, end: str = "") -> str:
    return f"/project/{cast.a.project_id}/models{end}"


def post(client: Client, cast: Cast, end: str, **data: str) -> Any:
    client.force_login(cast.owner)
    return client.post(url(cast, end), data)


def test_unpriced_models_stand_first_with_their_shares(cast: Cast) -> None:
    use(cast.a, "gpt-4o", "a", "b", "c")
    use(cast.a, "acme-1", "d")
    use(cast.b, "elsewhere", "e")
    refresh(cast.a.project_id, now=timezone.now())
    seen = seen_models(cast.a.project_id, since=NOW)
    assert [(one.use.name, one.source, one.use.calls) for one in seen.models] == [
        ("acme-1", "", 1),
        ("gpt-4o", "shipped", 3),
    ]
    assert (seen.unpriced_calls_share, seen.unpriced_tokens_share) == (25, 25)


def test_a_price_is_set_checked_and_applied(client: Client, cast: Cast) -> None:
    use(cast.a, "acme-1", "a")
    answer = post(client, cast, "/price", name="acme-1", input_price="2.5", output_price="10")
    assert answer.headers["Location"].endswith("/models?model=acme-1#past")
    assert Model.objects.get().tiers.get().prices == {"input": "0.0000025", "output": "0.00001"}
    post(client, cast, "/check", model="acme-1")
    assert "1 of 1 generations would change" in client.get(url(cast)).content.decode()
    run = Repricing.objects.get()
    post(client, cast, f"/{run.pk}/apply")
    assert "Applying" in client.get(url(cast)).content.decode()
    while reprice(limit=60):
        pass
    assert [Observation.objects.get(id="a").total_cost] == [2.5]
    assert "applied" in client.get(url(cast)).content.decode()


def test_the_table_says_that_it_is_behind_until_rollups_have_followed(client: Client, cast: Cast) -> None:
    use(cast.a, "acme-1", "a")
    use(cast.a, "gpt-4o", "b")
    refresh(cast.a.project_id, now=timezone.now())
    post(client, cast, "/price", name="acme-1", input_price="2.5", output_price="10")
    post(client, cast, "/check", model="acme-1")
    post(client, cast, f"/{Repricing.objects.get().pk}/apply")
    assert client.get(url(cast)).content.decode().count("being updated") == 1
    while reprice(limit=60):
        pass
    behind = client.get(url(cast)).content.decode()
    assert [text in behind for text in ("being updated", "1 minute of the past", "every 2s")] == [True] * 3
    refresh(cast.a.project_id, now=timezone.now())
    html = client.get(url(cast), headers={"HX-Request": "true"}).content.decode()
    assert ("being updated" in html, "every 2s" in html, html.count('hx-swap-oob="true">$2.50')) == (
        False,
        False,
        2,
    )


def test_other_usage_keys_keep_their_price(client: Client, cast: Cast) -> None:
    model = Model.objects.create(project=cast.a.project, model_name="acme-1", match_pattern="^acme")
    model.tiers.create(name="Standard", is_default=True, prices={"input": "1", "cached": "3"})
    post(client, cast, "/price", name="acme-1", input_price="2", output_price="0")
    assert model.tiers.get().prices == {"input": "0.000002", "cached": "3", "output": "0"}
    model.tiers.create(name="Large", priority=1, conditions=[], prices={})
    answer = post(client, cast, "/price", name="acme-1", input_price="2", output_price="0")
    assert "prices with conditions" in answer.content.decode()


def test_what_can_not_be_a_price_keeps_what_was_typed(client: Client, cast: Cast) -> None:
    for typed in ("-1", "x", "", "1e400", "NaN"):
        answer = post(client, cast, "/price", name="acme<1>", input_price=typed, output_price="7")
        assert answer.status_code == 200
        assert 'value="7"' in answer.content.decode()
    assert not Model.objects.exists()


def test_days_in_the_wrong_order(client: Client, cast: Cast) -> None:
    html = post(client, cast, "/check", since="2026-05-02", until="2026-05-01").content.decode()
    assert "before the first day" in html
    assert not Repricing.objects.exists()


def test_a_check_is_discarded(client: Client, cast: Cast) -> None:
    post(client, cast, "/check")
    run = Repricing.objects.get()
    assert "Nothing would change" in client.get(url(cast)).content.decode()
    post(client, cast, f"/{run.pk}/discard")
    run.refresh_from_db()
    assert run.state == "discarded"


def test_another_projects_check_is_not_applied(client: Client, cast: Cast) -> None:
    post(client, cast, "/check")
    run = Repricing.objects.get()
    client.force_login(cast.outsider)
    client.post(f"/project/{cast.b.project_id}/models/{run.pk}/apply")
    client.post(f"/project/{cast.b.project_id}/models/{run.pk}/discard")
    run.refresh_from_db()
    assert run.state == "checked"


def test_superusers_check_and_apply_everywhere(cast: Cast) -> None:
    client = Client()
    client.force_login(make_user(is_superuser=True))
    for side in (cast.a, cast.b):
        use(side, "acme-1", f"of-{side.project.name}")
        refresh(side.project_id, now=timezone.now())
    listing = "/admin/tracing/repricing/"
    assert "acme-1" in client.get(listing).content.decode()
    model = Model.objects.create(model_name="acme", match_pattern="^acme")
    model.tiers.create(name="Standard", is_default=True, prices={"input": "0.000001"})
    assert client.get(f"{listing}add/").status_code == 200
    assert client.post(f"{listing}add/", {"model": "acme-1"}).status_code == 302
    while reprice(limit=60):
        pass
    ids = list(Repricing.objects.values_list("pk", flat=True))
    assert client.post(listing, {"action": "apply_selected", "_selected_action": ids}).status_code == 302
    while reprice(limit=60):
        pass
    assert [row.total_cost for row in Observation.objects.all()] == [1, 1]
    assert client.get(listing).status_code == 200
    assert unpriced_everywhere(since=NOW) == []


def test_a_wrong_project_is_told(cast: Cast) -> None:
    client = Client()
    client.force_login(make_user(is_superuser=True))
    answer = client.post("/admin/tracing/repricing/add/", {"of_project": "nowhere"})
    assert "There is no such project" in answer.content.decode()
    client.force_login(cast.owner)
    assert client.get("/admin/tracing/repricing/").status_code in {302, 403, 404}
