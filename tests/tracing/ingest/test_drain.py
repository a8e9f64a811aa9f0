"""What happens to batches that fail, to those beside them, and to those whose worker or database died."""

import pytest
from django.db import OperationalError, connection

from tests.cast import Cast
from tests.tracing.ingest.pipeline import accept, event
from tracing.ingest.drain import drain_spool
from tracing.models import SpooledBatch, Trace
from tracing.store.spool import claim_batches, replay_batches

pytestmark = pytest.mark.django_db(transaction=True)

REFUSE = """
    create function refuse_poison() returns trigger language plpgsql as
    $$ begin if new.name = 'poison' then raise exception 'poisoned'; end if; return new; end $$;
    create trigger refuse before update on traces for each row execute function refuse_poison();
"""
ALLOW = "drop trigger refuse on traces; drop function refuse_poison()"


def claimable_now() -> None:
    with connection.cursor() as cursor:
        cursor.execute("update spool set claimable_at = now() - interval '1 second'")


def trace(name: str) -> list[dict[str, object]]:
    return [event("trace-create", {"id": name, "name": name})]


@pytest.fixture
def refusing_database() -> object:
    with connection.cursor() as cursor:
        cursor.execute(REFUSE)
    yield
    with connection.cursor() as cursor:
        cursor.execute(ALLOW)


def test_a_batch_that_fails_ends_as_a_dead_letter_and_the_others_go_on(
    cast: Cast, refusing_database: None
) -> None:
    for name in ("good", "poison", "fine"):
        accept(cast.a, trace(name))
    for _ in range(6):
        drain_spool()
        claimable_now()
    assert sorted(str(row.name) for row in Trace.objects.all()) == ["fine", "good"]
    dead = SpooledBatch.objects.get()
    assert (dead.attempts, dead.failed_at is not None, "poisoned" in dead.error) == (5, True, True)


def test_a_full_disk_makes_no_dead_letters(cast: Cast, refusing_database: None) -> None:
    full = REFUSE.replace("create function", "create or replace function").split("create trigger")[0]
    with connection.cursor() as cursor:
        cursor.execute(full.replace("'poisoned'", "'no space left' using errcode = '53100'"))
    accept(cast.a, trace("poison"))
    for _ in range(7):
        with pytest.raises(OperationalError, match="no space left"):
            drain_spool()
        claimable_now()
    assert SpooledBatch.objects.get().failed_at is None


def test_many_small_events_are_digested_a_few_at_a_time(cast: Cast) -> None:
    for batch in range(2):
        accept(cast.a, [event("span-create", {"id": f"{batch} {n}", "traceId": "t"}) for n in range(18_000)])
    assert len(claim_batches()) == 1


def test_a_dead_letter_is_digested_when_it_is_replayed(cast: Cast) -> None:
    accept(cast.a, trace("late"))
    with connection.cursor() as cursor:
        cursor.execute("update spool set failed_at = now(), attempts = 5")
    assert drain_spool() == 0
    assert replay_batches(list(SpooledBatch.objects.values_list("id", flat=True))) == 1
    assert drain_spool() == 1
    assert Trace.objects.get().name == "late"


def test_a_batch_that_kills_its_worker_each_time_ends_as_a_dead_letter(cast: Cast) -> None:
    accept(cast.a, trace("killer"))
    for _ in range(5):
        assert len(claim_batches()) == 1
        claimable_now()
    accept(cast.a, trace("bystander"))
    assert drain_spool() == 1
    assert "died" in SpooledBatch.objects.get().error
    assert Trace.objects.get().name == "bystander"


def test_the_neighbours_of_a_batch_that_kills_its_worker_do_not_die_with_it(cast: Cast) -> None:
    for name in ("killer", "neighbour"):
        accept(cast.a, trace(name))
    killer, neighbour = SpooledBatch.objects.order_by("id").values_list("id", flat=True)
    assert [claim.id for claim in claim_batches()] == [killer, neighbour]
    for _ in range(4):
        claimable_now()
        assert [claim.id for claim in claim_batches()] == [killer]
    claimable_now()
    assert drain_spool() == 1
    assert [(batch.id, batch.failed_at is not None) for batch in SpooledBatch.objects.all()] == [
        (killer, True)
    ]
    assert Trace.objects.get().name == "neighbour"


def test_a_claimed_batch_is_not_claimed_again_before_its_lease_ends(cast: Cast) -> None:
    accept(cast.a, trace("once"))
    assert [claim.attempts for claim in claim_batches()] == [1]
    assert claim_batches() == []


def test_losing_the_database_uses_up_no_attempt(cast: Cast) -> None:
    accept(cast.a, trace("patient"))
    for _ in range(7):
        with connection.cursor() as cursor:
            cursor.execute("select pg_backend_pid()")
            kill_on_write(cursor.fetchone()[0])
        with pytest.raises(OperationalError):
            drain_spool()
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute(ALLOW)
    assert drain_spool() == 1
    assert Trace.objects.get().name == "patient"


def kill_on_write(backend: int) -> None:
    """Make the database end the session of `backend` in the middle of its digest."""
    with connection.cursor() as cursor:
        cursor.execute(
            "create function refuse_poison() returns trigger language plpgsql as "
            f"$$ begin perform pg_terminate_backend({backend}); perform pg_sleep(1); return new; end $$;"
            "create trigger refuse before update on traces for each row execute function refuse_poison();"
        )


def test_the_room_of_digested_bodies_is_used_again(cast: Cast) -> None:
    sizes = []
    for _ in range(5):
        for name in ("one", "two", "three"):
            accept(cast.a, [event("trace-create", {"id": name, "input": "x" * 4_000_000})])
        drain_spool()
        with connection.cursor() as cursor:
            cursor.execute("select pg_table_size('spool')")
            sizes.extend(cursor.fetchone())
    assert sizes[-1] < 2.5 * 12_000_000
