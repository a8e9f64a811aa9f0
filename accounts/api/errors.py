"""An exception of a view in, the JSON response that clients of the API know out."""

import logging
from collections.abc import Iterator
from typing import Any, Literal

import psycopg
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, DataError, InterfaceError
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from accounts.access import AccessDenied, ServiceUnavailable, Unauthorized
from langfuse_site.lib.errors import (
    ApiError,
    InvalidData,
    InvalidRequest,
    NotFound,
    TooManyRequests,
    Unprocessable,
    issue,
)

logger = logging.getLogger(__name__)

ErrorStyle = Literal["plain", "named", "message", "error", "coded"]
"""How a view (`error_style`) tells its errors.

plain    `{"message", "error"}`, but what is wrong with the key as `{"message"}`
named    `{"message", "error"}` for the key's faults too
message  `{"message"}` for all
error    `{"error"}`, which holds the message, for all
coded    `{"message", "code"}` for all, with `details` that hold the issues of a body or query
"""

CODES = {
    400: "invalid_request",
    401: "authentication_failed",
    403: "access_denied",
    404: "resource_not_found",
    405: "method_not_allowed",
    409: "conflict",
    422: "unprocessable_content",
    429: "rate_limited",
}
"""What the routes below `/unstable` call a status."""

UNAVAILABLE_STATES = ("08", "53", "57P")
"""Classes of SQLSTATE that say the database is away, full or shutting down, rather than the query wrong."""


class MethodNotAllowed(ApiError):
    status = 405
    error = "MethodNotAllowedError"


class ServerError(ApiError):
    status = 500


def exception_handler(exception: Exception, context: dict[str, Any]) -> Response:
    """Return the response to any exception of a view; unknown ones are logged."""
    error = api_error(exception)
    style: ErrorStyle = getattr(context.get("view"), "error_style", "plain")
    set_rollback()
    return Response(error_body(error, style), status=error.status, headers=error.headers)


def error_body(error: ApiError, style: ErrorStyle = "plain") -> dict[str, Any]:
    """Return the body of an error in the style of the view."""
    if style == "error":
        return {"error": _message(error)}
    if style == "coded":
        return _coded(error)
    if style == "message" or (style == "plain" and isinstance(error, Unauthorized | AccessDenied)):
        return {"message": _message(error)}
    return error.body()


def _coded(error: ApiError) -> dict[str, Any]:
    code = getattr(error, "code", None) or CODES.get(error.status, "internal_error")
    body: dict[str, Any] = {"message": error.message, "code": code}
    if isinstance(error, InvalidData):
        body |= {"code": getattr(error, "code", "invalid_body"), "details": {"issues": error.issues}}
    if isinstance(error, TooManyRequests):
        body |= {"details": {"retryAfterSeconds": error.retry_after}}
    return body


def _message(error: ApiError) -> str:
    """Return the message, with the first issue of a body where there is no room for all."""
    if not isinstance(error, InvalidData) or not error.issues:
        return error.message
    first = error.issues[0]
    path = ".".join(str(part) for part in first["path"])
    return f"{error.message}: {path}: {first['message']}" if path else f"{error.message}: {first['message']}"


def api_error(exception: Exception) -> ApiError:
    """Return what the API calls an exception."""
    if isinstance(exception, ApiError):
        return exception
    if isinstance(exception, Http404 | exceptions.NotFound):
        return NotFound("Not found")
    if isinstance(exception, exceptions.APIException):
        return _of_framework(exception)
    if isinstance(exception, PermissionDenied):
        return AccessDenied("Access denied - insufficient permissions for this endpoint")
    if isinstance(exception, DatabaseError | InterfaceError):
        return _of_database(exception)
    logger.error("unexpected_error", exc_info=exception)
    return ServerError("Internal Server Error")


def _of_framework(exception: exceptions.APIException) -> ApiError:
    if isinstance(exception, exceptions.MethodNotAllowed):
        return MethodNotAllowed("Method not allowed")
    if isinstance(exception, exceptions.ValidationError):
        return InvalidData(list(_issues(exception.detail, ())))
    if isinstance(exception, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return Unauthorized(str(exception.detail))
    if isinstance(exception, exceptions.PermissionDenied):
        return AccessDenied(str(exception.detail))
    if status.is_client_error(exception.status_code):
        error = InvalidRequest(str(exception.detail))
        error.status = exception.status_code
        return error
    logger.error("unexpected_error", exc_info=exception)
    return ServerError("Internal Server Error")


def _of_database(exception: Exception) -> ApiError:
    cause = exception.__cause__
    if isinstance(cause, psycopg.errors.QueryCanceled):
        return Unprocessable("The query took too long: narrow its time range or its filters")
    if isinstance(exception, DataError):
        logger.warning("value_refused_by_database", exc_info=exception)
        return InvalidRequest("The request holds a value that can't be stored or compared")
    state = cause.sqlstate if isinstance(cause, psycopg.Error) else None
    away = isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError)
    logger.error("database_error", exc_info=exception, extra={"sqlstate": state})
    if away and (state is None or state.startswith(UNAVAILABLE_STATES)):
        return ServiceUnavailable()
    return ServerError("Internal Server Error")


def _issues(detail: Any, path: tuple[str | int, ...]) -> Iterator[dict[str, Any]]:
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _issues(inner, path if name == "non_field_errors" else (*path, name))
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            yield from _issues(inner, (*path, index) if isinstance(inner, dict | list) else path)
    else:
        yield issue(path, str(detail), code=getattr(detail, "code", None) or "custom")
