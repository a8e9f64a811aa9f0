"""The errors that the API knows; the exception handler in accounts renders each as the body clients expect."""

from collections.abc import Sequence
from typing import Any


class ApiError(Exception):
    """An error with a status and Langfuse's body `{"message", "error"}`."""

    status = 500
    error: str = "InternalServerError"

    def __init__(self, message: str, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.headers = headers or {}

    def body(self) -> dict[str, Any]:
        return {"message": self.message, "error": self.error}


class InvalidRequest(ApiError):
    status = 400
    error = "InvalidRequestError"


class InvalidData(ApiError):
    """A body or query that breaks the schema: `issues` are `{code, path, message}` objects."""

    status = 400

    def __init__(self, issues: Sequence[dict[str, Any]]) -> None:
        super().__init__("Invalid request data")
        self.issues = list(issues)

    def body(self) -> dict[str, Any]:
        return {"message": self.message, "error": self.issues}


def message_of(error: ApiError) -> str:
    """Return what was refused, as sentences for a page."""
    if isinstance(error, InvalidData):
        return ". ".join(str(issue["message"]) for issue in error.issues)
    return error.message


class Forbidden(ApiError):
    status = 403
    error = "ForbiddenError"


class NotFound(ApiError):
    status = 404
    error = "LangfuseNotFoundError"


class Conflict(ApiError):
    status = 409
    error = "LangfuseConflictError"


class PayloadTooLarge(ApiError):
    status = 413
    error = "PayloadTooLargeError"


class Unprocessable(ApiError):
    status = 422
    error = "Request timed out"


class TooManyRequests(ApiError):
    """`retry_after` in whole seconds goes into the header that SDKs wait for."""

    status = 429

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message, headers={"Retry-After": str(retry_after)})
        self.retry_after = retry_after

    def body(self) -> dict[str, Any]:
        return {
            "message": self.message,
            "code": "rate_limited",
            "details": {"retryAfterSeconds": self.retry_after},
        }


class NotImplementedByServer(ApiError):
    status = 501
    error = "NotImplementedError"


def issue(path: Sequence[str | int], message: str, *, code: str = "custom") -> dict[str, Any]:
    """Return one validation issue in the form that clients of the API know."""
    return {"code": code, "path": list(path), "message": message}
