"""GET /v2/observations: groups of fields, metadata, cursors, parameters, tenants, bad input."""

import base64
import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import contract_v2
from tests.cast import Cast
from tests.contract import mismatches
from tests.tracing.factories import NOON, long, make_observation, make_trace, reads_of
from tests.tracing.ingest.pipeline import event, ingest
from tracing.models import Model, PricingTier
from tracing.queries.prices import forget_matches

URL = "/api/public/v2/observations"


@pytest.fixture(autouse=True)
def _fresh_prices() -> None:
    forget_matches()


def get(cast: Cast, **query: Any) -> Any:
    response = Client().get(URL, query, **cast.a.auth)
    assert response.status_code == 200, response.content
    return response.json()


def one(cast: Cast, **query: Any) -> Any:
    (observation,) = get(cast, **query)["data"]
    return observation


def ids_of(cast: Cast, **query: Any) -> list[str]:
    return sorted(observation["id"] for observation in get(cast, **query)["data"])


@pytest.fixture
def full(cast: Cast) -> Cast:
    """A generation with something in every field, and its trace, as they come over the wire."""
    trace: dict[str, Any] = {
        "id": "t",
        "name": "chat",
        "userId": "ann",
        "sessionId": "s",
        "release": "r",
        "tags": ["a"],
    }
    body: dict[str, Any] = {
        "id": "g",
        "traceId": "t",
        "parentObservationId": "p",
        "name": "answer",
        "model": "gpt-4o",
    }
    body |= {"startTime": "2026-05-04T12:00:00Z", "endTime": "2026-05-04T12:00:02.5Z", "level": "WARNING"}
    body |= {"completionStartTime": "2026-05-04T12:00:01Z", "statusMessage": "slow", "version": "v"}
    body |= {"modelParameters": {"temperature": 1}, "input": {"q": [1, 2]}, "output": "42"}
    body |= {"usage": {"input": 1000, "output": 10}, "metadata": {"own": 1}}
    traced = event("trace-create", trace | {"metadata": {"of": "trace"}, "public": True}, id_="1")
    ingest(cast.a, [traced, event("generation-create", body, id_="2")])
    return cast


@pytest.mark.parametrize("group", contract_v2.GROUPS)
def test_each_group_adds_its_fields(full: Cast, group: str) -> None:
    shape = contract_v2.ALWAYS | contract_v2.GROUPS[group]
    assert list(mismatches(one(full, fields=group), shape)) == []


def test_what_comes_by_default(full: Cast) -> None:
    shape = contract_v2.ALWAYS | contract_v2.GROUPS["basic"]
    for query in (
        {},
        {"fields": ""},
        {"fields": "core,basic"},
        {"fields": " basic , nope"},
        {"fields": "nope"},
    ):
        assert list(mismatches(one(full, **query), shape)) == []


def test_every_value(full: Cast) -> None:
    body = one(full, fields=",".join(contract_v2.GROUPS))
    assert (body["input"], body["output"]) == ('{"q": [1, 2]}', "42")
    assert body["metadata"] == {"of": "trace", "own": 1}
    assert (body["latency"], body["timeToFirstToken"]) == (2.5, 1.0)
    assert (body["traceName"], body["release"], body["tags"]) == ("chat", "r", ["a"])
    assert (body["userId"], body["sessionId"], body["public"]) == ("ann", "s", True)
    assert (body["parentObservationId"], body["isRootObservation"]) == ("p", False)
    assert (body["model"], body["providedModelName"]) == ("gpt-4o", "gpt-4o")
    assert body["modelId"] == body["internalModelId"] is not None
    assert Decimal(body["inputPrice"]) * 1000 == Decimal(str(body["inputCost"])) > 0
    assert body["totalCost"] == body["costDetails"]["total"] > body["outputCost"] > 0
    assert (body["inputUsage"], body["outputUsage"], body["totalUsage"]) == (1000, 10, 1010)
    assert body["modelParameters"] == {"temperature": 1}
    assert (body["level"], body["statusMessage"], body["version"]) == ("WARNING", "slow", "v")


def test_values_of_other_groups_are_null_or_left_out(full: Cast) -> None:
    body = one(full, fields="core")
    names = ("modelId", "inputPrice", "outputPrice", "totalPrice", "latency", "timeToFirstToken")
    assert [body[name] for name in names] == [None] * 6


def test_only_the_columns_of_the_groups_are_read(full: Cast) -> None:
    with CaptureQueriesContext(connection) as captured:
        get(full, fields="core")
    (read,) = [sql for sql in reads_of(captured) if '"observations"' in sql]
    for column in ("input", "output", "metadata", "prices", "otel", "name"):
        assert f'"observations"."{column}"' not in read
    assert not any('FROM "traces"' in sql for sql in reads_of(captured))


def test_statements_do_not_grow_with_the_page(cast: Cast) -> None:
    for number in range(20):
        make_trace(cast.a.project_id, id=f"t{number}")
        make_observation(cast.a.project_id, trace_id=f"t{number}")
    # The savepoint's two, its limit of time, the page, the traces.
    with CaptureQueriesContext(connection) as captured:
        assert len(get(cast)["data"]) == 20
    assert len(reads_of(captured)) == 5


def test_prices_are_plain_decimals(cast: Cast) -> None:
    model = Model.objects.create(project=cast.a.project, model_name="m", match_pattern="^mine$")
    PricingTier.objects.create(
        model=model, name="Standard", is_default=True, prices={"input": "0.00000015", "total": "10.50"}
    )
    make_observation(cast.a.project_id, model="mine", model_id=model.id)
    body = one(cast, fields="model")
    assert (body["inputPrice"], body["outputPrice"], body["totalPrice"]) == ("0.00000015", None, "10.5")


def test_metadata_is_flat_and_above_that_of_the_trace(cast: Cast) -> None:
    make_trace(cast.a.project_id, id="t", metadata={"who": "trace", "deep": {"of": "trace"}})
    metadata = {"who": "observation", "deep": {"x": {"y": 1}, "none": {}}, "list": [{"z": 1}], "null": None}
    make_observation(cast.a.project_id, trace_id="t", metadata=metadata)
    flat = {"who": "observation", "deep.of": "trace", "deep.x.y": 1, "deep.none": {}, "list": [{"z": 1}]}
    assert one(cast, fields="metadata")["metadata"] == flat | {"null": None}


def test_metadata_of_any_depth_and_size(cast: Cast) -> None:
    deep: Any = 1
    for _ in range(500):
        deep = {"k": deep}
    make_observation(cast.a.project_id, metadata={"deep": deep, "n": 12345678901234567890123})
    metadata = one(cast, fields="metadata", expandMetadata="deep")["metadata"]
    ((key, inner),) = [pair for pair in metadata.items() if pair[0].startswith("deep")]
    assert key.count(".") + json.dumps(inner).count("k") == 500
    assert metadata["n"] == "12345678901234567890123"


def test_long_metadata_is_cut_unless_it_is_expanded(cast: Cast) -> None:
    long_text = "ä" * 300
    metadata = {"one": long_text, "two": {"in": long_text}, "list": ["x" * 300], "just": "x" * 200}
    make_observation(cast.a.project_id, metadata=metadata)
    cut = one(cast, fields="metadata")["metadata"]
    assert cut == {"one": "ä" * 200, "two.in": "ä" * 200, "list": '["' + "x" * 198, "just": "x" * 200}
    some = one(cast, fields="metadata", expandMetadata="two, list,on")["metadata"]
    assert some == {"one": "ä" * 200, "two.in": long_text, "list": ["x" * 300], "just": "x" * 200}
    assert one(cast, fields="metadata", expandMetadata="one")["metadata"]["one"] == long_text


def test_a_root_by_place_or_by_mark(cast: Cast) -> None:
    project = cast.a.project_id
    make_observation(project, id="top")
    make_observation(project, id="marked", parent_observation_id="elsewhere", is_app_root=True)
    make_observation(project, id="inner", parent_observation_id="top")
    roots = {row["id"]: row["isRootObservation"] for row in get(cast)["data"]}
    assert roots == {"top": True, "marked": True, "inner": False}
    assert ids_of(cast, isRootObservation="true") == ["marked", "top"]
    assert ids_of(cast, isRootObservation="false") == ["inner"]
    assert ids_of(cast, isRootObservation="") == ["inner", "marked", "top"]
    assert ids_of(cast, parentObservationId="") == ["top"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"name": "n"}, ["mine"]),
        ({"userId": "ann"}, ["mine"]),
        ({"sessionId": "s"}, ["mine"]),
        ({"sessionId": "x"}, []),
        ({"type": "TOOL"}, ["mine"]),
        ({"traceId": "t"}, ["mine"]),
        ({"level": "ERROR"}, ["mine"]),
        ({"parentObservationId": "root"}, ["mine"]),
        ({"environment": ["prod", "x"]}, ["mine"]),
        ({"environment": "x,prod"}, ["mine"]),
        ({"version": "2"}, ["mine"]),
        ({"fromStartTime": "2026-05-04T12:00:01Z"}, ["other"]),
        ({"toStartTime": "2026-05-04T12:01:00Z"}, ["mine"]),
        ({"userId": "ann", "traceId": "other"}, []),
        ({"name": "", "userId": "", "limit": "", "cursor": "", "filter": ""}, ["mine", "other"]),
        ({"parseIoAsJson": "false"}, ["mine", "other"]),
    ],
)
def test_parameters(cast: Cast, query: dict[str, Any], found: list[str]) -> None:
    project = cast.a.project_id
    make_trace(project, id="t", user_id="ann", session_id="s")
    values = {"name": "n", "type": "TOOL", "level": "ERROR", "environment": "prod", "version": "2"}
    make_observation(project, id="mine", trace_id="t", parent_observation_id="root", **values)
    make_observation(project, id="other", trace_id="other", start_time=NOON + timedelta(minutes=1))
    assert ids_of(cast, **query) == found


@pytest.mark.parametrize(
    "query",
    [
        *({"level": "FATAL"}, {"type": "THOUGHT"}, {"fromStartTime": "2026-05-04T12:00"}),
        *({"limit": "x"}, {"limit": "-1"}, {"limit": "1001"}, {"limit": "1.5"}),
        *({"isRootObservation": "yes"}, {"parseIoAsJson": "true"}, {"parseIoAsJson": "1"}),
    ],
)
def test_bad_parameters(cast: Cast, query: dict[str, str]) -> None:
    response = Client().get(URL, query, **cast.a.auth)
    assert response.status_code == 400
    assert response.json()["message"] == "Invalid request data"
    assert [issue["path"] for issue in response.json()["error"]] == [list(query)]


def encoded(**cursor: Any) -> str:
    return base64.b64encode(json.dumps(cursor).encode()).decode()


PLACE = {"lastStartTimeTo": "2026-05-04T12:00:00.000Z", "lastTraceId": "t", "lastId": "o"}


@pytest.mark.parametrize(
    "cursor",
    [
        *("%", "nope", "e30=", encoded(**PLACE)[:-8], base64.b64encode(b"\xff").decode(), "x" * 10_000),
        *(encoded(**PLACE | {"lastStartTimeTo": moment}) for moment in ("soon", 5, "2026-05-04T12:00:00")),
        *(encoded(**PLACE | {"lastStartTimeTo": f"0001-01-01T00:00:00{zone}"}) for zone in ("+05:00", "")),
        *(encoded(**PLACE | {name: None}) for name in PLACE),
        *(encoded(**PLACE | {"lastId": wrong}) for wrong in ("\x00", "\ud800", 1)),
    ],
)
def test_a_cursor_that_is_none(cast: Cast, cursor: str) -> None:
    response = Client().get(URL, {"cursor": cursor}, **cast.a.auth)
    assert response.status_code == 400
    assert response.json() == {"message": "Invalid cursor format", "error": "InvalidRequestError"}


def test_the_form_of_the_cursor(cast: Cast) -> None:
    for number in range(3):
        make_observation(cast.a.project_id, id=f"o{number}", start_time=NOON + timedelta(milliseconds=number))
    first = get(cast, limit=2)
    assert [row["id"] for row in first["data"]] == ["o2", "o1"]
    said = json.loads(base64.b64decode(first["meta"]["cursor"], validate=True))
    assert said == {"lastStartTimeTo": "2026-05-04T12:00:00.001000Z", "lastTraceId": "trace", "lastId": "o1"}
    last = get(cast, limit=2, cursor=first["meta"]["cursor"])
    assert ([row["id"] for row in last["data"]], last["meta"]) == (["o0"], {})
    bare = encoded(**said | {"lastStartTimeTo": "2026-05-04T14:00:00.001+02:00"}).rstrip("=")
    assert [row["id"] for row in get(cast, cursor=bare)["data"]] == ["o0"]


def test_a_page_that_is_just_full_is_the_last(cast: Cast) -> None:
    make_observation(cast.a.project_id)
    assert get(cast, limit=1)["meta"] == {}
    assert get(cast, limit=0) == {"data": [], "meta": {}}


def test_long_ids(cast: Cast) -> None:
    wire_id, project = "ö" * 800, cast.a.project_id
    make_trace(project, **long("session_id", wire_id), id="t")
    make_observation(project, id="o1", trace_id="t")
    make_observation(project, **long("id", wire_id), trace_id="t")
    make_observation(project, id="o2", **long("trace_id", wire_id))
    assert ids_of(cast, sessionId=wire_id) == sorted(["o1", wire_id])
    assert one(cast, traceId=wire_id)["traceId"] == wire_id
    walked: list[str] = []
    cursor = ""
    for _ in range(3):
        page = get(cast, limit=1, cursor=cursor)
        walked += [row["id"] for row in page["data"]]
        cursor = page["meta"].get("cursor", "")
    assert sorted(walked) == sorted(["o1", "o2", wire_id])


def test_the_outsider_sees_nothing(cast: Cast) -> None:
    make_trace(cast.a.project_id, id="t", user_id="ann", name="of A", metadata={"k": "of A"})
    make_observation(cast.a.project_id, id="o", trace_id="t", output="of A")
    cursor = encoded(**PLACE | {"lastStartTimeTo": "2027-01-01T00:00:00Z"})
    for query in ({}, {"traceId": "t"}, {"userId": "ann"}, {"cursor": cursor}):
        assert Client().get(URL, query, **cast.b.auth).json() == {"data": [], "meta": {}}
    make_observation(cast.b.project_id, id="o", trace_id="t")
    query = {"fields": "basic,metadata,trace_context,io"}
    assert b"of A" not in Client().get(URL, query, **cast.b.auth).content


def test_who_may_read(cast: Cast) -> None:
    for auth, status in (({}, 401), (cast.a.bearer, 403), (cast.a.organization_auth, 403)):
        assert Client().get(URL, **auth).status_code == status
