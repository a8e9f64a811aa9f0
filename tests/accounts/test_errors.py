"""Exceptions of views in, the bodies that clients know out; what browsers and odd URLs get."""

from typing import Any

import psycopg
import pytest
from django.db import DataError, OperationalError, ProgrammingError, connection
from django.http import Http404
from django.test import Client, override_settings
from django.urls import path
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Unauthorized
from accounts.api.errors import ErrorStyle, api_error, error_body
from accounts.api.pagination import PageNumber
from accounts.api.permissions import ProjectOrPublicKey
from accounts.api.views import ApiView, ProjectView
from langfuse_site.lib.errors import Conflict, InvalidData, issue
from tests.cast import Cast, basic


class Failing(ApiView):
    authentication_classes = []
    permission_classes = []

    def get(self, request: Request) -> Response:
        raise ZeroDivisionError("secret detail")


class Echo(ProjectView):
    error_style = "named"
    denied_message = "Access denied - need to use basic auth"

    def post(self, request: Request) -> Response:
        return Response({"project": self.project_id, "body": request.data})


class Scores(ProjectView):
    permission_classes = [ProjectOrPublicKey]

    def get(self, request: Request) -> Response:
        return Response({"level": self.access.level})


urlpatterns = [
    path("api/public/failing", Failing.as_view()),
    path("api/public/echo", Echo.as_view()),
    path("api/public/scores", Scores.as_view()),
]
here = override_settings(ROOT_URLCONF=__name__)


def raised(cause: Exception, outer: type[Exception]) -> Exception:
    try:
        raise outer("x") from cause
    except outer as error:
        return error


@pytest.mark.parametrize(
    ("exception", "status", "body"),
    [
        (Http404(), 404, {"message": "Not found", "error": "LangfuseNotFoundError"}),
        (
            exceptions.MethodNotAllowed("GET"),
            405,
            {"message": "Method not allowed", "error": "MethodNotAllowedError"},
        ),
        (Conflict("Taken"), 409, {"message": "Taken", "error": "LangfuseConflictError"}),
        (Unauthorized("Who?"), 401, {"message": "Who?"}),
        (exceptions.PermissionDenied("No"), 403, {"message": "No"}),
        (
            exceptions.ValidationError({"name": ["Required"]}),
            400,
            {
                "message": "Invalid request data",
                "error": [{"code": "invalid", "path": ["name"], "message": "Required"}],
            },
        ),
        (
            raised(psycopg.errors.QueryCanceled(), OperationalError),
            422,
            {
                "message": "The query took too long: narrow its time range or its filters",
                "error": "Request timed out",
            },
        ),
        (raised(psycopg.OperationalError(), OperationalError), 503, {"message": "Service Unavailable"}),
        (raised(psycopg.errors.AdminShutdown(), OperationalError), 503, {"message": "Service Unavailable"}),
        (
            raised(psycopg.errors.UndefinedTable(), ProgrammingError),
            500,
            {"message": "Internal Server Error", "error": "InternalServerError"},
        ),
        (
            raised(psycopg.errors.InvalidRegularExpression(), DataError),
            400,
            {
                "message": "The request holds a value that can't be stored or compared",
                "error": "InvalidRequestError",
            },
        ),
    ],
)
def test_each_exception_has_its_body(exception: Exception, status: int, body: dict[str, Any]) -> None:
    error = api_error(exception)
    assert (error.status, error_body(error)) == (status, body)


@pytest.mark.parametrize(
    ("style", "body"),
    [
        ("plain", {"message": "Who?"}),
        ("named", {"message": "Who?", "error": "UnauthorizedError"}),
        ("message", {"message": "Who?"}),
        ("error", {"error": "Who?"}),
    ],
)
def test_styles(style: ErrorStyle, body: dict[str, str]) -> None:
    assert error_body(Unauthorized("Who?"), style) == body


def test_a_style_without_room_for_issues_tells_the_first() -> None:
    error = InvalidData([issue(["a", 0], "Too long"), issue([], "Other")])
    assert error_body(error, "error") == {"error": "Invalid request data: a.0: Too long"}


@here
def test_an_unexpected_error_is_logged_and_tells_nothing(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    response = client.get("/api/public/failing")
    assert response.status_code == 500
    assert response.json() == {"message": "Internal Server Error", "error": "InternalServerError"}
    assert "ZeroDivisionError" in caplog.text


@here
def test_a_method_that_is_not_there_comes_before_the_key(client: Client, db: None) -> None:
    response = client.put("/api/public/echo")
    assert response.status_code == 405
    assert response.json() == {"message": "Method not allowed", "error": "MethodNotAllowedError"}
    assert response["Allow"] == "POST, OPTIONS"


@here
def test_a_view_with_named_errors(client: Client, cast: Cast) -> None:
    missing = client.post("/api/public/echo")
    assert missing.json() == {"message": "No authorization header", "error": "UnauthorizedError"}
    denied = client.post("/api/public/echo", **cast.a.bearer)
    assert denied.status_code == 403
    assert denied.json() == {"message": "Access denied - need to use basic auth", "error": "ForbiddenError"}


@here
def test_what_a_key_opens(client: Client, cast: Cast) -> None:
    def level(auth: dict[str, Any]) -> Any:
        return client.get("/api/public/scores", **auth).json()

    assert level(cast.a.auth) == {"level": "project"}
    assert level(cast.a.bearer) == {"level": "scores"}
    insufficient = {"message": "Access denied - insufficient permissions for this endpoint"}
    assert level(cast.a.organization_auth) == insufficient


@here
@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded"]
)
def test_json_under_any_name(client: Client, cast: Cast, content_type: str) -> None:
    response = client.post(
        "/api/public/echo", '{"a": 1}', content_type, HTTP_ACCEPT="text/html", **cast.a.auth
    )
    assert response.json() == {"project": cast.a.project_id, "body": {"a": 1}}


@here
@pytest.mark.parametrize(
    ("body", "status", "answer"),
    [
        (b"{", 400, {"message": "Invalid JSON", "error": "InvalidRequestError"}),
        (b"x" * 1_000_001, 413, {"message": "Body exceeded 1mb limit", "error": "PayloadTooLargeError"}),
    ],
)
def test_bodies_that_are_refused(
    client: Client, cast: Cast, body: bytes, status: int, answer: dict[str, str]
) -> None:
    response = client.post("/api/public/echo", body, "application/json", **cast.a.auth)
    assert (response.status_code, response.json()) == (status, answer)


@here
def test_a_wrong_key_with_a_huge_body_is_a_401(client: Client, cast: Cast) -> None:
    wrong = basic(cast.a.public_key, cast.b.secret_key)
    response = client.post("/api/public/echo", b"x" * 5_000_000, "application/json", **wrong)
    assert response.status_code == 401


@here
@pytest.mark.django_db(transaction=True)
def test_a_database_that_goes_away_is_a_503(client: Client) -> None:
    connection.ensure_connection()
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None}) as other:
        other.execute("select pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
    response = client.get("/api/public/scores", **basic("pk-lf-1", "sk-lf-1"))
    connection.close()
    assert (response.status_code, response.json()) == (503, {"message": "Service Unavailable"})


@pytest.mark.parametrize("url", ["/api/public/nothing", "/api/public/a%0Ab", "/api/public/%ff"])
def test_an_unknown_url_is_json(client: Client, url: str) -> None:
    response = client.get(url)
    assert response.status_code == 404
    assert response.json() == {"message": "Not found", "error": "LangfuseNotFoundError"}


def test_a_doubled_slash_before_the_path_is_forgiven(client: Client, cast: Cast) -> None:
    response = client.get("/", PATH_INFO="//api/public/projects", **cast.a.auth)
    assert response.json()["data"][0]["id"] == cast.a.project_id


def test_a_browser_of_any_origin_may_ask(client: Client) -> None:
    response = client.options(
        "/api/public/ingestion",
        HTTP_ORIGIN="https://app.example",
        HTTP_ACCESS_CONTROL_REQUEST_METHOD="POST",
        HTTP_ACCESS_CONTROL_REQUEST_HEADERS="authorization, x-langfuse-sdk-name",
    )
    assert response.status_code == 204
    assert response["Access-Control-Allow-Origin"] == "https://app.example"
    assert response["Access-Control-Allow-Headers"] == "authorization, x-langfuse-sdk-name"
    assert "Access-Control-Allow-Credentials" not in response


def test_a_browser_may_read_errors_too(client: Client, db: None) -> None:
    response = client.get("/api/public/projects", HTTP_ORIGIN="https://app.example")
    assert (response.status_code, response["Access-Control-Allow-Origin"]) == (401, "https://app.example")
    assert response["Vary"] == "Origin"


@pytest.mark.parametrize(
    ("query", "page", "limit", "offset"),
    [({}, 1, 50, 0), ({"page": "", "limit": ""}, 1, 50, 0), ({"page": "3", "limit": "10"}, 3, 10, 20)],
)
def test_pages(query: dict[str, str], page: int, limit: int, offset: int) -> None:
    number = PageNumber.from_query(query)
    assert (number.page, number.limit, number.offset) == (page, limit, offset)


@pytest.mark.parametrize(
    "query",
    [{"page": "0"}, {"page": "x"}, {"limit": "0"}, {"limit": "101"}, {"limit": "1.5"}, {"page": "9" * 30}],
)
def test_bad_pages(query: dict[str, str]) -> None:
    with pytest.raises(InvalidData):
        PageNumber.from_query(query)


def test_meta_counts_pages() -> None:
    number = PageNumber(2, 10)
    assert number.meta(21) == {"page": 2, "limit": 10, "totalItems": 21, "totalPages": 3}
    assert number.meta(0)["totalPages"] == 0
