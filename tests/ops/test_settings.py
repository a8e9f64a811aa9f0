"""Environment variables in, settings and complaints out."""

from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.test import override_settings

from langfuse_site.beat import PERIODS, app, schedule
from langfuse_site.celery import app as worker
from langfuse_site.lib.env import database_from_url, env_or_file, env_str, redis_url_of_environment


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("SECRET_KEY", "", "site.E001"),
        ("SECRET_KEY", "short", "site.W001"),
        ("SITE_URL", "traces.example.com", "site.E002"),
        ("REDIS_URL", "localhost:6379", "site.E003"),
        ("MAX_BODY_BYTES", 0, "site.E004"),
        ("DATABASE_POOL_SIZE", -1, "site.E005"),
    ],
)
def test_wrong_setting_has_an_id(name: str, value: object, code: str) -> None:
    with override_settings(**{name: value}):
        assert code in [message.id for message in run_checks()]


def test_right_settings_have_no_complaint() -> None:
    assert [message for message in run_checks() if str(message.id).startswith("site.")] == []


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ({}, ""),
        ({"REDIS_URL": "redis://a"}, "redis://a"),
        ({"REDIS_CONNECTION_STRING": "redis://b"}, "redis://b"),
        ({"REDIS_HOST": "c", "REDIS_PORT": "7000"}, "redis://c:7000/0"),
        ({"REDIS_HOST": "c", "REDIS_AUTH": "p@ss", "REDIS_TLS_ENABLED": "true"}, "rediss://:p%40ss@c:6379/0"),
    ],
)
def test_redis_is_found_as_the_reference_names_it(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], url: str
) -> None:
    monkeypatch.delenv("REDIS_URL", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert redis_url_of_environment() == url


@pytest.mark.parametrize(("value", "read"), [(None, "of the file"), ("", "of the file"), ("own", "own")])
def test_secret_of_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str | None, read: str
) -> None:
    (tmp_path / "secret").write_text("of the file\n", encoding="utf-8")
    monkeypatch.setenv("SMTP_CONNECTION_URL_FILE", str(tmp_path / "secret"))
    monkeypatch.delenv("SMTP_CONNECTION_URL", raising=False)
    if value is not None:
        monkeypatch.setenv("SMTP_CONNECTION_URL", value)
    assert env_str("SMTP_CONNECTION_URL") == read


def test_empty_setting_is_not_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", "")
    assert env_str("ALLOWED_HOSTS", "*") == ""


def test_generated_secret_stands_back_for_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "salt"
    monkeypatch.delenv("SALT", raising=False)
    assert env_or_file("SALT", file) == ""
    file.write_text("generated\n", encoding="utf-8")
    assert env_or_file("SALT", file) == "generated"
    monkeypatch.setenv("SALT", "given")
    assert env_or_file("SALT", file) == "given"


def test_database_url_of_an_existing_installation_is_understood() -> None:
    url = "postgresql://user:p%40ss@db:5433/langfuse?schema=public&pgbouncer=true&sslmode=require"
    assert database_from_url(url) == {
        "NAME": "langfuse",
        "USER": "user",
        "PASSWORD": "p@ss",
        "HOST": "db",
        "PORT": "5433",
        "OPTIONS": {"sslmode": "require"},
    }


def test_beat_sends_what_the_worker_knows_and_each_message_expires() -> None:
    entries = schedule(PERIODS)
    assert {name: entry["options"] for name, entry in entries.items()} == {
        name: {"expires": seconds} for name, seconds in PERIODS.items()
    }
    assert app.conf.beat_schedule == entries
    worker.loader.import_default_modules()
    assert set(PERIODS) <= set(worker.tasks)


def test_beside_digests_the_work_queue_holds_nothing_that_beat_sends() -> None:
    routed = {name: worker.amqp.router.route({}, name)["queue"].name for name in PERIODS}
    own = {name for name in PERIODS if name.startswith("analytics.")} - {"analytics.tasks.send_notices"}
    assert {name for name, queue in routed.items() if queue == "rollups"} == own
    assert {name for name, queue in routed.items() if queue == "work"} == {"tracing.tasks.ring_again"}
    assert set(routed.values()) == {"work", "rollups", "notices", "maintenance"}
