"""The OpenAPI document and the pages that show it."""

import re
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema


@pytest.fixture(scope="module")
def document() -> Any:
    GENERATOR_STATS.reset()
    response = Client().get("/api/openapi.json")
    assert response.status_code == 200
    return response.json()


def test_the_document_is_valid_and_complete(document: Any) -> None:
    assert not GENERATOR_STATS._error_cache, list(GENERATOR_STATS._error_cache)
    validate_schema(document)
    paths = set(document["paths"])
    assert {"/api/public/traces", "/api/public/observations", "/api/public/sessions/{session_id}"} <= paths
    assert {"/api/public/v3/scores", "/api/public/experiments", "/api/public/experiment-items"} <= paths
    assert {"/api/public/ingestion", "/api/public/scores", "/api/public/v2/prompts"} <= paths


def test_parameters_come_from_the_filters(document: Any) -> None:
    parameters = {one["name"]: one for one in document["paths"]["/api/public/traces"]["get"]["parameters"]}
    simple = {"userId", "name", "sessionId", "version", "release", "tags", "environment"}
    assert set(parameters) == simple | {
        *("page", "limit", "fields", "orderBy", "filter", "fromTimestamp", "toTimestamp")
    }
    assert parameters["fromTimestamp"]["schema"] == {"type": "string", "format": "date-time"}
    assert parameters["tags"]["schema"] == {"type": "array", "items": {"type": "string"}}


def test_lists_by_cursor_have_no_pages(document: Any) -> None:
    operation = document["paths"]["/api/public/v2/observations"]["get"]
    names = [one["name"] for one in operation["parameters"]]
    assert len(names) == len(set(names)) == 18
    assert {"cursor", "limit", "fields", "expandMetadata", "parseIoAsJson", "isRootObservation"} <= set(names)
    assert "page" not in names
    items = document["components"]["schemas"]["ObservationV2"]
    assert {"id", "traceId", "modelId", "inputPrice", "latency"} <= set(items["required"])
    assert not {"input", "metadata", "name"} & set(items["required"])


@pytest.mark.parametrize("path", ["v3/scores", "experiments", "experiment-items"])
def test_lists_with_cursors_have_no_page_numbers(document: Any, path: str) -> None:
    operation = document["paths"][f"/api/public/{path}"]["get"]
    names = [one["name"] for one in operation["parameters"]]
    assert len(names) == len(set(names))
    assert {"limit", "cursor", "fields"} <= set(names)
    assert "page" not in names
    required = {one["name"] for one in operation["parameters"] if one.get("required")}
    assert required == ({"fromStartTime"} if path.startswith("experiment") else set())
    assert operation["tags"] == [path.removeprefix("v3/")]


def test_every_operation_needs_keys_and_has_an_id_of_its_own(document: Any) -> None:
    operations = [
        operation
        for path in document["paths"].values()
        for method, operation in path.items()
        if method != "parameters"
    ]
    ids = [operation["operationId"] for operation in operations]
    assert len(ids) == len(set(ids)) > 20
    assert document["paths"]["/api/public/traces"]["get"]["security"] == [{"apiKey": []}]


def test_swagger_shows_it_without_any_other_host() -> None:
    page = Client().get("/api/docs")
    assert page.status_code == 200
    sources = re.findall(r'(?:src|href)="([^"]+)"', page.content.decode())
    files = [source.removeprefix("/static/") for source in sources if source.startswith("/static/")]
    assert len(files) >= 3
    assert all(finders.find(name) for name in files)
    assert all(source.startswith("/") for source in sources)
    script = Client().get("/api/docs?script")
    assert b"/api/openapi.json" in script.content
