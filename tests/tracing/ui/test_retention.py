"""The page of retention: what would go is shown before anything is saved, and nothing typed is lost."""

import re
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from accounts.models import Project
from tests.cast import Cast
from tests.tracing.factories import make_observation, make_trace
from tracing.models import RetentionRule, RetentionRun, Trace
from tracing.retention.preview import preview
from tracing.retention.rules import Rule, clean_policy, policy_of


def url(cast: Cast) -> str:
    return f"/project/{cast.a.project_id}/settings/retention"


def typed(*rules: tuple[str, str, str], days: str = "", **more: str) -> dict[str, str]:
    data = {"days": days, "rules-TOTAL_FORMS": str(len(rules)), "rules-INITIAL_FORMS": "0", **more}
    for number, line in enumerate(rules):
        data |= dict(
            zip((f"rules-{number}-{name}" for name in ("environment", "tag", "days")), line, strict=True)
        )
    return data


def send(client: Client, cast: Cast, action: str, data: dict[str, str]) -> Any:
    client.force_login(cast.owner)
    return client.post(url(cast), {**data, "action": action})


def token_of(answer: Any) -> str:
    found = re.search(r'name="shown" value="([^"]+)"', answer.content.decode())
    assert found
    return found[1]


def age(cast: Cast, id_: str, days: int, **values: Any) -> None:
    make_trace(cast.a.project_id, id=id_, timestamp=timezone.now() - timedelta(days=days), **values)


def test_a_preview_saves_nothing(client: Client, cast: Cast) -> None:
    age(cast, "dev", 10, environment="dev", observation_count=3)
    age(cast, "prod", 10)
    answer = send(client, cast, "preview", typed(("dev", "", "7"), days="30"))
    html = answer.content.decode()
    assert "1 trace with 3 observations would go" in html
    assert 'value="30"' in html
    assert (Project.objects.get(pk=cast.a.project_id).retention_days, RetentionRule.objects.count()) == (
        None,
        0,
    )


def test_what_was_shown_is_saved(client: Client, cast: Cast) -> None:
    data = typed(("dev", "", "7"), ("", "", ""), ("", "gold", ""), days="30", keep_scored="on")
    token = token_of(send(client, cast, "preview", data))
    assert send(client, cast, "save", {**data, "shown": token}).status_code == 302
    policy = policy_of(Project.objects.get(pk=cast.a.project_id))
    assert policy == clean_policy(
        30,
        [Rule("dev", None, 7), Rule(None, "gold", None)],
        keep_bookmarked=False,
        keep_scored=True,
        keep_experiments=False,
    )
    assert 'value="gold"' in client.get(url(cast)).content.decode()


def test_what_was_changed_since_is_shown_first(client: Client, cast: Cast) -> None:
    token = token_of(send(client, cast, "preview", typed(days="30")))
    for shown in (token, "", "forged"):
        answer = send(client, cast, "save", typed(days="3", shown=shown))
        assert (answer.status_code, Project.objects.get(pk=cast.a.project_id).retention_days) == (200, None)
        assert "Nothing would go now" in answer.content.decode()


def test_a_preview_of_another_project_is_not_taken(client: Client, cast: Cast) -> None:
    client.force_login(cast.outsider)
    other = client.post(
        f"/project/{cast.b.project_id}/settings/retention", {**typed(days="30"), "action": "preview"}
    )
    assert send(client, cast, "save", typed(days="30", shown=token_of(other))).status_code == 200


def test_bad_lines_keep_what_was_typed(client: Client, cast: Cast) -> None:
    for lines, complaint in {
        (("", "", "7"),): "Name an environment or a tag.",
        (("dev", "", "2"),): "At least 3 days.",
        (("dev", "", "7"), ("dev", "", "9")): "Two rules name the same environment and tag",
        (("dev\x00", "", "7"),): "Null characters are not allowed.",
    }.items():
        html = send(client, cast, "preview", typed(*lines, days="31")).content.decode()
        assert complaint in html
        assert 'value="31"' in html


def test_another_line(client: Client, cast: Cast) -> None:
    html = send(client, cast, "add", typed(("dev", "", "2"), days="31")).content.decode()
    assert html.count('name="rules-1-environment"') == 1
    assert 'value="dev"' in html


def test_runs_are_shown(client: Client, cast: Cast) -> None:
    client.force_login(cast.owner)
    assert "Everything is kept for ever" in client.get(url(cast)).content.decode()
    now = timezone.now()
    RetentionRun.objects.create(project=cast.a.project, started_at=now, worked_at=now, traces=12_345)
    html = client.get(url(cast)).content.decode()
    assert ("12,345" in html, "hx-trigger" in html) == (True, True)


def test_a_preview_stops_in_time_and_says_so(cast: Cast) -> None:
    moment = timezone.now() - timedelta(days=90)
    Trace.objects.bulk_create(
        Trace(
            project_id=cast.a.project_id,
            id=f"t{n:05}",
            timestamp=moment,
            created_at=moment,
            updated_at=moment,
        )
        for n in range(10_001)
    )
    make_observation(cast.a.project_id, trace_id="t00000", output="x" * 1_000)
    policy = clean_policy(30, [])
    whole = preview(cast.a.project_id, policy, now=timezone.now())
    part = preview(cast.a.project_id, policy, now=timezone.now(), seconds=0)
    assert (whole.traces, whole.reached, part.traces, part.reached) == (10_001, None, 10_000, moment)
    assert 10_001 * 600 < whole.size < 10_001 * 2_000
