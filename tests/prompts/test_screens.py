"""What pages show of one prompt: its time line, who fetches it, what is proposed."""

from datetime import UTC, datetime

from accounts.models import Role
from prompts.changes import propose_change, withdraw_change
from prompts.fetches import Fetch, forget_fetches, note_fetch, write_fetches
from prompts.screens import (
    list_fetchers,
    list_timeline,
    list_undecided,
)
from tests.cast import Cast
from tests.prompts.making import make_version, person, prompt_of


def test_fetchers_are_added_up_over_days(cast: Cast) -> None:
    forget_fetches()
    version = make_version(cast.a.project_id)
    for key in (cast.a.api_key.id, cast.a.api_key.id, "revoked"):
        note_fetch(Fetch(cast.a.project_id, version.pk, "production", key, "python", "3.1"))
    write_fetches()
    rows = list_fetchers(cast.a.project_id, [version.pk])
    seen = sorted((row.number, row.label, row.key, row.sdk, row.count) for row in rows)
    assert seen == [
        (1, "production", "", "python 3.1", 1),
        (1, "production", cast.a.public_key, "python 3.1", 2),
    ]
    assert all(row.last_seen <= datetime.now(UTC) for row in rows)
    assert list_fetchers(cast.b.project_id, [version.pk]) == []


def test_the_time_line_goes_down_from_a_number(cast: Cast) -> None:
    for _ in range(4):
        make_version(cast.a.project_id)
    prompt = prompt_of(cast.a.project_id)
    assert [v.version for v in list_timeline(prompt, top=None, limit=3)] == [4, 3, 2]
    assert [v.version for v in list_timeline(prompt, top=2, limit=3)] == [2, 1]


def test_requests_that_are_open_are_listed(cast: Cast) -> None:
    make_version(cast.a.project_id, labels=["production"])
    make_version(cast.a.project_id)
    author, prompt = person(cast.a, Role.MEMBER), prompt_of(cast.a.project_id)
    change = propose_change(cast.a.project_id, "p", label="production", version=2, author=author)
    assert list(list_undecided(prompt)) == [change]
    withdraw_change(cast.a.project_id, change.pk, author=author)
    assert list(list_undecided(prompt)) == []
