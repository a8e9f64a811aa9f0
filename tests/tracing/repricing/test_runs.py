"""Generations and a price that changed in, their costs as if they had come in today out."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from accounts.audit import by_user
from accounts.models import AuditLog
from langfuse_site.lib.errors import Conflict
from tests.cast import Cast, Side
from tests.tracing.ingest.pipeline import event, ingest
from tracing.models import DirtySlice, Model, Observation, PricingTier, Repricing, Trace
from tracing.queries.prices import forget_matches
from tracing.repricing import runs
from tracing.repricing.runs import advance, apply_check, discard_check, reprice, start_check
from tracing.tasks import reprice as task

NOON = "2026-05-04T12:00:00.000Z"
COMPUTED = (
    *("usage_details", "cost_details", "prices", "usage_estimated", "pricing_tier_name"),
    *("input_tokens", "output_tokens", "total_tokens", "input_cost", "output_cost", "total_cost"),
)


def price(side: Side | None, *, name: str = "acme", pattern: str = "^acme", **prices: str) -> Model:
    """Define a model, or give it other prices."""
    project = side.project if side else None
    model, _ = Model.objects.update_or_create(
        project=project, model_name=name, defaults={"match_pattern": pattern}
    )
    PricingTier.objects.update_or_create(
        model=model, name="Standard", defaults={"is_default": True, "prices": prices}
    )
    forget_matches()
    return model


def generation(id_: str, *, at: str = NOON, **body: Any) -> dict[str, Any]:
    usage = {"model": "acme-1", "usageDetails": {"input": 10, "output": 2}}
    body = {"id": id_, "traceId": f"trace-{id_}", "startTime": at, **usage, **body}
    return event("generation-create", body, at=at, id_=f"event-{id_}")


def checked(cast: Cast, **wish: Any) -> Repricing:
    defaults: dict[str, Any] = {"model": None, "since": None, "until": None}
    run = start_check(cast.a.project, author=by_user(cast.owner), **(defaults | wish))
    while advance(run.pk):
        pass
    return Repricing.objects.get(pk=run.pk)


def applied(cast: Cast, run: Repricing) -> Repricing:
    apply_check(run.pk, project_id=cast.a.project_id, author=by_user(cast.owner))
    while reprice(limit=60):
        pass
    return Repricing.objects.get(pk=run.pk)


def cost(id_: str) -> Decimal | None:
    return Observation.objects.values_list("total_cost", flat=True).get(id=id_)


def test_a_model_was_added(cast: Cast) -> None:
    ingest(cast.a, [generation("a"), generation("b", model="other")])
    ingest(cast.b, [generation("b-a")])
    assert cost("a") is None
    price(cast.a, input="0.5", output="1")
    run = checked(cast)
    assert [run.state, run.seen, run.changed, run.cost_before, run.cost_after] == ["checked", 2, 1, 0, 7]
    assert run.by_model == {"acme-1": [1, "0", "7.0"]}
    assert cost("a") is None
    DirtySlice.objects.all().delete()
    run = applied(cast, run)
    assert [run.state, run.applied, run.applied_before, run.applied_after] == ["done", 1, 0, 7]
    row = Observation.objects.get(id="a")
    assert [row.total_cost, row.input_cost, row.prices] == [7, 5, {"input": 0.5, "output": 1}]
    assert (cost("b"), cost("b-a")) == (None, None)
    assert Trace.objects.get(id="trace-a").total_cost == 7
    assert set(DirtySlice.objects.values_list("project_id", flat=True)) == {cast.a.project_id}


def test_it_is_as_if_they_had_come_in_today(cast: Cast) -> None:
    bodies = [
        generation("plain"),
        generation("total", usageDetails={"total": 7}),
        generation("cached", usageDetails={"input": 3, "cached": 9}),
        generation("counted", usageDetails=None, input="how many moons", output="two of them"),
        generation("failed", usageDetails=None, input="how many moons", level="ERROR"),
        generation("shipped", model="gpt-4o"),
        generation("nothing", usageDetails=None),
    ]
    price(cast.a, input="1", output="1")
    ingest(cast.a, bodies)
    price(cast.a, input="0.000000123", output="2", cached="0.1")
    price(cast.a, name="own", pattern="^gpt-4o", input="3")
    applied(cast, checked(cast))
    ingest(cast.b, [])
    Model.objects.update(project=cast.b.project)
    forget_matches()
    ingest(cast.b, bodies)
    a, b = (
        {row.pop("id"): row for row in Observation.objects.filter(project_id=p).values("id", *COMPUTED)}
        for p in (cast.a.project_id, cast.b.project_id)
    )
    assert a == b
    assert a["counted"]["total_cost"] is None or a["counted"]["total_tokens"]


def test_what_is_provided_is_never_touched(cast: Cast) -> None:
    ingest(cast.a, [generation("a", costDetails={"total": 3}), generation("b")])
    before = Observation.objects.values().get(id="a")
    price(cast.a, input="0.5")
    run = applied(cast, checked(cast))
    assert (run.seen, run.applied) == (1, 1)
    assert Observation.objects.values().get(id="a") == before


def test_a_definition_that_is_gone_takes_no_cost_along(cast: Cast) -> None:
    model = price(cast.a, input="0.5")
    ingest(cast.a, [generation("a")])
    model.delete()
    forget_matches()
    assert [checked(cast).changed, cost("a")] == [0, 5]


def test_a_range_and_one_model(cast: Cast) -> None:
    ingest(
        cast.a,
        [
            generation("before", at="2026-05-03T11:59:59.999Z"),
            generation("first", at="2026-05-03T12:00:00.000Z"),
            generation("inside"),
            generation("other", model="acme-2"),
            generation("end", at="2026-05-05T12:00:00.000Z"),
        ],
    )
    price(cast.a, input="1")
    noon = datetime(2026, 5, 4, 12, tzinfo=UTC)
    day = timedelta(days=1)
    run = applied(cast, checked(cast, model="acme-1", since=noon - day, until=noon + day))
    assert run.applied == 2
    costs = dict(Observation.objects.values_list("id", "total_cost"))
    assert {id_ for id_, total in costs.items() if total} == {"first", "inside"}


@pytest.mark.django_db(transaction=True)
def test_steps_go_on_where_one_stopped(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "CHECK_WINDOW", 3)
    monkeypatch.setattr(runs, "APPLY_WINDOW", 4)
    ingest(cast.a, [generation(f"g{n}", at=f"2026-05-04T12:00:0{n % 3}.000Z") for n in range(10)])
    price(cast.a, input="1")
    run = checked(cast)
    assert (run.seen, run.changed) == (10, 10)
    apply_check(run.pk, project_id=cast.a.project_id, author=by_user(cast.owner))
    assert advance()
    with pytest.raises(RuntimeError), transaction.atomic():
        advance()
        raise RuntimeError("killed")
    run.refresh_from_db()
    assert (run.applied, Observation.objects.filter(total_cost=10).count()) == (4, 4)
    while run.state != "done":
        task()
        run.refresh_from_db()
    assert [run.applied, run.applied_after] == [10, 100]
    assert Observation.objects.filter(total_cost=10).count() == 10


def test_nothing_changes_twice(cast: Cast) -> None:
    ingest(cast.a, [generation("a"), generation("c", usageDetails=None, input="some text", model="gpt-4o")])
    price(cast.a, input="0.000000000000123", output="0.7")
    assert applied(cast, checked(cast)).applied == 1
    assert checked(cast).changed == 0


def test_who_did_it_is_kept(cast: Cast) -> None:
    ingest(cast.a, [generation("a")])
    price(cast.a, input="0.5")
    applied(cast, checked(cast))
    asked, done = AuditLog.objects.filter(resource_type="costs").order_by("created_at")
    assert (asked.action, done.action) == ("reprice", "repriced")
    assert (asked.user_id, done.user_id, done.project_id) == (cast.owner.pk, cast.owner.pk, cast.a.project_id)
    assert '"generations": 1' in (done.after or "")


def test_one_at_a_time(cast: Cast) -> None:
    first, second = checked(cast), checked(cast)
    first.refresh_from_db()
    assert (first.state, second.state) == ("discarded", "checked")
    with pytest.raises(Conflict):
        apply_check(first.pk, project_id=cast.a.project_id, author=by_user(cast.owner))
    with pytest.raises(Conflict):
        apply_check(second.pk, project_id=cast.b.project_id, author=by_user(cast.outsider))
    apply_check(second.pk, project_id=cast.a.project_id, author=by_user(cast.owner))
    with pytest.raises(Conflict):
        checked(cast)
    discard_check(second.pk, project_id=cast.a.project_id)
    second.refresh_from_db()
    assert second.state == "applying"


def test_statements_do_not_grow_with_generations(cast: Cast, django_assert_max_num_queries: Any) -> None:
    ingest(cast.a, [generation(f"g{n}") for n in range(100)])
    price(cast.a, input="1")
    apply_check(checked(cast).pk, project_id=cast.a.project_id, author=by_user(cast.owner))
    with django_assert_max_num_queries(30):
        advance()
    assert Observation.objects.filter(total_cost=10).count() == 100
