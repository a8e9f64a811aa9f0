"""The public API as a client without our source sees it: shapes, parameters, filters, refusals, one by one."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from accounts.models import Membership
from tests import contract
from tests.cast import Cast
from tests.contract import mismatches, page_of
from tests.tracing.ingest.pipeline import event, ingest

API = "/api/public"
DAY = "2026-01-02"
LISTS = (
    *("traces", "observations", "sessions", "users", "scores", "v2/scores"),
    *("score-configs", "models", "v2/prompts"),
)


def ask(
    auth: dict[str, Any], method: str, path: str, *, query: dict[str, Any] | None = None, body: Any = None
) -> Any:
    """Return the answer; a redirect is one too."""
    content = "" if body is None else json.dumps(body)
    return Client().generic(
        method, f"{API}/{path}", content, "application/json", query_params=query or {}, **auth
    )


def found(cast: Cast, path: str, **query: Any) -> list[str]:
    response = ask(cast.a.auth, "GET", path, query=query)
    assert response.status_code == 200, response.content
    return sorted(row.get("id") or row.get("userId") or row["name"] for row in response.json()["data"])


@pytest.fixture
def full(cast: Cast) -> Cast:
    """Project A with something of everything, and a trace with next to nothing."""
    post: dict[str, Any] = {"method": "POST", "auth": cast.a.auth}
    prompt = {"name": "greet", "prompt": "Hi {{name}}", "labels": ["production"], "tags": ["t"]}
    assert ask(**post, path="v2/prompts", body=prompt).status_code == 201
    model = {"modelName": "own", "matchPattern": "^own$", "unit": "TOKENS", "inputPrice": 1, "outputPrice": 2}
    assert ask(**post, path="models", body=model).status_code == 200
    limits = {"name": "quality", "dataType": "NUMERIC", "minValue": 0, "maxValue": 1}
    config = ask(**post, path="score-configs", body=limits).json()["id"]
    events = [*_traces(), *_observations(), *_scores(config)]
    ingest(cast.a, [event(kind, body, id_=str(index)) for index, (kind, body) in enumerate(events)])
    return cast


def _traces() -> Iterator[tuple[str, dict[str, Any]]]:
    whole: dict[str, Any] = {"id": "full", "timestamp": f"{DAY}T03:00:00.5Z", "name": "chat", "userId": "ann"}
    whole |= {"sessionId": "s", "release": "r", "version": "v", "tags": ["b", "a"], "public": True}
    whole |= {"metadata": {"tier": "gold"}, "input": {"q": 1}, "output": "123", "environment": "prod"}
    yield "trace-create", whole
    yield "trace-create", {"id": "bare", "timestamp": "2026-01-01T00:00:00Z"}


def _observations() -> Iterator[tuple[str, dict[str, Any]]]:
    shared = {"traceId": "full", "environment": "prod"}
    times = {"startTime": f"{DAY}T03:00:01Z", "endTime": f"{DAY}T03:00:03Z"}
    yield "span-create", {**shared, "id": "root", "version": "v2", "level": "WARNING", **times}
    generation: dict[str, Any] = {
        "id": "gen",
        "name": "gen",
        "parentObservationId": "root",
        "model": "own",
        **times,
    }
    generation |= {"usage": {"input": 3, "output": 4}, "promptName": "greet", "promptVersion": 1}
    generation |= {"modelParameters": {"temperature": 0.5}, "completionStartTime": f"{DAY}T03:00:02Z"}
    yield "generation-create", {**shared, **generation}
    event_ = {"id": "event", "startTime": f"{DAY}T03:00:00Z", "traceId": "bare"}
    yield "event-create", event_


def _scores(config: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for id_, value, more in (
        ("number", 0.9, {"name": "quality", "configId": config, "comment": "c", "environment": "prod"}),
        ("category", "good", {"observationId": "gen"}),
        ("boolean", 1, {"dataType": "BOOLEAN"}),
    ):
        yield "score-create", {"id": id_, "name": id_, "value": value, "traceId": "full", **more}
    yield "score-create", {"id": "session", "name": "session", "value": 1, "sessionId": "s"}


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("traces?name=chat", page_of(contract.LISTED_TRACE)),
        ("traces/full", contract.WHOLE_TRACE),
        ("observations", page_of(contract.OBSERVATION)),
        ("observations/gen", contract.OBSERVATION),
        ("observations/event", contract.OBSERVATION),
        ("sessions", page_of(contract.SESSION)),
        ("sessions/s", {**contract.SESSION, "traces": [contract.TRACE]}),
        ("users", page_of(contract.USER)),
        ("scores", page_of({**contract.SCORE, "trace": contract.OF_SCORE})),
        ("scores/number", contract.SCORE),
        ("v2/scores?fields=score", page_of(contract.SCORE)),
        ("v2/scores?traceId=full", page_of({**contract.SCORE, "trace": contract.mapping})),
        ("v2/scores?sessionId=s", page_of({**contract.SCORE, "trace": contract.absent})),
        ("v2/scores/session", contract.SCORE),
        ("v3/scores", {"data": [contract.CORE_OF_SCORE_V3], "meta": {"limit": contract.whole}}),
        (
            "v3/scores?limit=1&fields=core,details,subject,annotation",
            {"data": [contract.SCORE_V3], "meta": {"limit": contract.whole, "cursor": contract.text}},
        ),
        ("score-configs", page_of(contract.SCORE_CONFIG)),
        ("models", page_of(contract.MODEL)),
        ("v2/prompts", {**page_of(contract.PROMPT_META), "pagination": contract.META}),
        ("v2/prompts/greet", {**contract.PROMPT, "resolutionGraph": contract.absent}),
        ("prompts?name=greet", contract.PROMPT),
        ("projects", {"data": [contract.PROJECT]}),
        ("health", contract.HEALTH),
        ("ready", contract.HEALTH),
    ],
)
def test_answers_have_their_shape(full: Cast, path: str, shape: Any) -> None:
    response = ask(full.a.auth, "GET", path)
    assert response.status_code == 200
    assert list(mismatches(response.json(), shape)) == []


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("organizations/projects", {"projects": [contract.OWNED_PROJECT]}),
        ("organizations/apiKeys", {"apiKeys": [contract.API_KEY]}),
        ("organizations/memberships", {"memberships": [contract.MEMBERSHIP]}),
        ("projects/{project}/apiKeys", {"apiKeys": [contract.API_KEY]}),
    ],
)
def test_answers_to_an_organizations_key_have_their_shape(cast: Cast, path: str, shape: Any) -> None:
    assert Membership.objects.filter(organization=cast.a.organization).count() == 2
    response = ask(cast.a.organization_auth, "GET", path.format(project=cast.a.project_id))
    assert list(mismatches(response.json(), shape)) == []


def test_a_text_has_no_number(full: Cast) -> None:
    ingest(full.a, [event("score-create", _text_score())])
    assert list(mismatches(ask(full.a.auth, "GET", "scores/text").json(), contract.TEXT_SCORE)) == []


def _text_score() -> dict[str, Any]:
    return {"id": "text", "traceId": "full", "name": "n", "value": "words", "dataType": "TEXT"}


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    ("name", "value"),
    [("page", "0"), ("page", "x"), ("limit", "0"), ("limit", "101"), ("limit", "1.5"), ("limit", "1_0")],
)
def test_pages_out_of_bounds(full: Cast, path: str, name: str, value: str) -> None:
    response = ask(full.a.auth, "GET", path, query={name: value})
    assert response.status_code == 400
    assert [one["path"] for one in response.json()["error"]] == [[name]]


PARAMETERS = {
    "traces": {
        "full": [
            *("userId=ann", "name=chat", "sessionId=s", "version=v", "release=r", "tags=a", "tags=a,b"),
            *("tags=b&tags=a", "environment=prod", "environment=x,prod", "environment=x&environment=prod"),
            *(
                f"fromTimestamp={DAY}T03:00:00.500Z",
                f"fromTimestamp={DAY}T03:00:00Z",
                "fields=core&name=chat",
            ),
        ],
        "bare": [f"toTimestamp={DAY}T03:00:00.500Z", "environment=default"],
        "": ["userId=Ann", "name=cha", "tags=a,c", "environment=PROD", "name=chat&userId=bob"],
    },
    "observations": {
        "gen": ["name=gen", "type=GENERATION", "parentObservationId=root", "type=GENERATION&userId=ann"],
        "root": ["level=WARNING", "version=v2", "traceId=full&type=SPAN"],
        "event": ["traceId=bare", f"toStartTime={DAY}T03:00:01Z", "environment=default"],
        "gen root": [f"fromStartTime={DAY}T03:00:01Z", "traceId=full", "userId=ann", "environment=prod"],
        "": ["userId=bob", "type=AGENT"],
    },
    "sessions": {"s": ["environment=prod", f"fromTimestamp={DAY}T00:00:00Z"], "": ["environment=default"]},
    "v2/scores": {
        "number": ["name=quality", "value=0.9", "value=0.5&operator=>&dataType=NUMERIC&traceId=full"],
        "boolean number": ["scoreIds=number,boolean,x"],
        "category": ["observationId=gen", "dataType=CATEGORICAL", "observationId=x,gen"],
        "session": ["sessionId=s", "name=session"],
        "boolean category number": ["userId=ann", "traceTags=a,b", "traceTags=b&traceTags=a", "traceId=full"],
        "": ["source=EVAL", "userId=bob", "configId=x", "traceTags=a,x", "datasetRunId=d", "queueId=q"],
    },
    "scores": {
        "boolean category number": ["", "userId=ann", "source=API"],
        "category": ["value=0&operator=<="],
        "number": ["value=1&operator=!=&dataType=NUMERIC", "value=1&operator=<&dataType=NUMERIC"],
    },
    "v2/prompts": {
        "greet": ["name=greet", "label=production", "tag=t", "version=1", f"fromUpdatedAt={DAY}T00:00:00Z"],
        "": ["name=gree", "label=x", "tag=T", "version=2", f"toUpdatedAt={DAY}T00:00:00Z"],
    },
}


@pytest.mark.parametrize(
    ("path", "query", "ids"),
    [
        (path, query, ids.split())
        for path, table in PARAMETERS.items()
        for ids, queries in table.items()
        for query in queries
    ],
)
def test_each_parameter_narrows(full: Cast, path: str, query: str, ids: list[str]) -> None:
    assert found(full, f"{path}?{query}") == ids


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("traces", "page limit userId name sessionId version release tags environment fromTimestamp filter"),
        ("traces", "toTimestamp orderBy fields"),
        ("observations", "name userId type traceId level parentObservationId environment version filter"),
        ("observations", "fromStartTime toStartTime page limit"),
        ("sessions", "page limit fromTimestamp toTimestamp environment"),
        ("v2/scores", "userId name configId queueId traceTags dataType fromTimestamp environment source"),
        ("v2/scores", "value operator scoreIds filter sessionId traceId observationId datasetRunId fields"),
        ("v2/prompts", "name version label tag fromUpdatedAt toUpdatedAt page limit"),
    ],
)
def test_the_empty_string_counts_as_absent(full: Cast, path: str, names: str) -> None:
    assert found(full, path, **dict.fromkeys(names.split(), "")) == found(full, path)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        *(("traces", "fromTimestamp"), ("traces", "toTimestamp"), ("observations", "fromStartTime")),
        *(("observations", "toStartTime"), ("sessions", "fromTimestamp"), ("users", "toTimestamp")),
        *(("scores", "fromTimestamp"), ("v2/scores", "toTimestamp"), ("v2/prompts", "fromUpdatedAt")),
    ],
)
def test_moments_need_a_zone(full: Cast, path: str, name: str) -> None:
    for value, status in {
        "T03:00:00": 400,
        "": 400,
        "T03:00:00Z": 200,
        "T03:00:00.123456+02:00": 200,
    }.items():
        response = ask(full.a.auth, "GET", path, query={name: DAY + value})
        assert (value, response.status_code) == (value, status)


@pytest.mark.parametrize(
    "column", ["name", "userId", "release", "version", "sessionId", "timestamp", "public"]
)
def test_each_order(full: Cast, column: str) -> None:
    def ordered(direction: str) -> list[str]:
        rows = ask(full.a.auth, "GET", f"traces?orderBy={column}.{direction}").json()["data"]
        return [row["id"] for row in rows]

    up = ["bare", "full"] if column in {"timestamp", "public"} else ["full", "bare"]
    assert (ordered("asc"), ordered("desc")) == (up, ["full", "bare"])


@pytest.mark.parametrize(
    "column", ["userId", "traceName", "trace_tags", "sessionId", "comment", "stringValue"]
)
def test_a_condition_and_its_denial_divide_the_scores(full: Cast, column: str) -> None:
    kind = "arrayOptions" if column == "trace_tags" else "stringOptions"
    options: dict[str, Any] = {"type": kind, "column": column, "value": ["a", "ann", "chat", "s", "good"]}
    pairs = [(options | {"operator": "any of"}, options | {"operator": "none of"})]
    null: dict[str, Any] = {"type": "null", "column": column, "value": ""}
    pairs.append((null | {"operator": "is null"}, null | {"operator": "is not null"}))
    for pair in pairs:
        halves = [found(full, "v2/scores", filter=json.dumps([one])) for one in pair]
        assert all(halves) or column == "comment"
        assert sorted(halves[0] + halves[1]) == found(full, "v2/scores")


@pytest.mark.parametrize("path", LISTS)
def test_what_opens_a_list(full: Cast, path: str) -> None:
    statuses = [
        ask(auth, "GET", path).status_code
        for auth in ({}, {"HTTP_AUTHORIZATION": "basic x"}, full.a.bearer, full.a.organization_auth)
    ]
    assert statuses == [401, 401, 403, 403]


@pytest.mark.parametrize("path", ["", "nope", "traces/", "health/", "v2/", "ingestion/", "v2/prompts/"])
def test_an_address_that_leads_nowhere_redirects_nowhere(cast: Cast, path: str) -> None:
    for method in ("GET", "POST"):
        response = ask(cast.a.auth, method, path)
        assert (response.status_code, response.json()["error"]) == (404, "LangfuseNotFoundError")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "traces", "GET, POST, DELETE"),
        ("POST", "observations/x", "GET"),
        ("POST", "sessions", "GET"),
        ("PUT", "scores", "GET, POST"),
        ("DELETE", "v2/scores/x", "GET"),
        ("DELETE", "score-configs/x", "GET, PATCH"),
        ("PATCH", "models/x", "GET, PUT, DELETE"),
        ("GET", "media", "POST"),
        ("GET", "ingestion", "POST"),
        ("GET", "spans", "POST, PATCH"),
        ("POST", "health", "GET"),
    ],
)
def test_a_method_that_is_not_there(cast: Cast, method: str, path: str, allowed: str) -> None:
    response = ask(cast.a.auth, method, path, body={})
    assert response.json() == {"message": "Method not allowed", "error": "MethodNotAllowedError"}
    assert {*response["Allow"].split(", ")} - {"HEAD", "OPTIONS"} == {*allowed.split(", ")}


def test_a_batch_with_an_organizations_key(cast: Cast) -> None:
    response = ask(cast.a.organization_auth, "POST", "ingestion", body={"batch": []})
    assert (response.status_code, response.json()["error"]) == (401, "UnauthorizedError")
    assert "organization key" in response.json()["message"]
