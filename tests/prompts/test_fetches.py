"""Fetches: counted in memory, written by one statement, kept while the database is away."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from prompts import fetches
from prompts.fetches import MAX_PENDING, Fetch, forget_fetches, list_fetches, note_fetch, write_fetches
from prompts.models import PromptFetch
from prompts.tasks import KEPT_DAYS, sweep_fetches
from tests.cast import Cast
from tests.prompts.making import make_version

SDK = {"HTTP_X_LANGFUSE_SDK_NAME": "python", "HTTP_X_LANGFUSE_SDK_VERSION": "3.15.0"}


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    forget_fetches()


def fetch(cast: Cast, **more: Any) -> str:
    tag: str = Client().get("/api/public/v2/prompts/p", **cast.a.auth, **more)["ETag"]
    return tag


def test_who_gets_what(cast: Cast) -> None:
    version = make_version(cast.a.project_id, labels=["production"])
    tag = fetch(cast, **SDK)
    fetch(cast, **SDK, HTTP_IF_NONE_MATCH=tag)
    fetch(cast)
    Client().get("/api/public/v2/prompts/p?version=1", **cast.a.auth)
    Client().get("/api/public/v2/prompts/p?version=7", **cast.a.auth)
    with CaptureQueriesContext(connection) as queries:
        write_fetches()
    assert len(queries) == 1
    fetch(cast, **SDK)
    write_fetches()
    found = list_fetches(cast.a.project_id, [version.pk])
    assert {(f.label, f.api_key_id, f.sdk_name, f.sdk_version): f.count for f in found} == {
        ("production", cast.a.api_key.id, "python", "3.15.0"): 3,
        ("production", cast.a.api_key.id, "", ""): 1,
        ("", cast.a.api_key.id, "", ""): 1,
    }
    assert not list_fetches(cast.b.project_id, [version.pk]).exists()


def test_what_is_gone_is_not_counted(cast: Cast) -> None:
    version = make_version(cast.a.project_id)
    note_fetch(Fetch(cast.a.project_id, "gone", "", "key"))
    note_fetch(Fetch(cast.a.project_id, version.pk, "", "key"))
    write_fetches()
    assert PromptFetch.objects.count() == 1


def test_many_kinds_are_counted_without_their_sdk(cast: Cast) -> None:
    version = make_version(cast.a.project_id)
    for number in range(MAX_PENDING + 500):
        note_fetch(Fetch(cast.a.project_id, version.pk, "", "key", "sdk", str(number)))
    write_fetches()
    assert PromptFetch.objects.count() == MAX_PENDING + 1
    assert PromptFetch.objects.get(sdk_name="").count == 500


def test_counts_outlive_a_database_that_is_away(cast: Cast) -> None:
    version = make_version(cast.a.project_id)
    note_fetch(Fetch(cast.a.project_id, version.pk, "", "key"))

    def away(*call: Any) -> None:
        raise OperationalError("the database is away")

    with connection.execute_wrapper(away):
        write_fetches()
    note_fetch(Fetch(cast.a.project_id, version.pk, "", "key"))
    write_fetches()
    assert PromptFetch.objects.get().count == 2


def test_headers_are_cut() -> None:
    assert fetches.sdk_text("x\x00" * 1_000) == "x" * fetches.MAX_SDK_CHARACTERS
    assert fetches.sdk_text(None) == ""


def test_old_counts_are_swept(cast: Cast) -> None:
    version = make_version(cast.a.project_id, labels=["production"])
    fetch(cast)
    write_fetches()
    today = PromptFetch.objects.get().day
    for age in (KEPT_DAYS, KEPT_DAYS + 1):
        PromptFetch.objects.create(
            project_id=cast.a.project_id,
            version=version,
            day=today - timedelta(days=age),
            count=1,
            last_seen=timezone.now(),
        )
    sweep_fetches()
    ages = sorted((today - found.day).days for found in PromptFetch.objects.all())
    assert ages == [0, KEPT_DAYS]
