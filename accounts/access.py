"""What a valid API key grants, and the errors of one that grants too little."""

from dataclasses import dataclass
from typing import Any, Literal

from langfuse_site.lib.errors import ApiError, Forbidden

Level = Literal["project", "organization", "scores"]


@dataclass(frozen=True, slots=True)
class Access:
    """Level `scores` is what a public key alone opens; only organization keys come without a project.

    `api_key_id` is empty for the installation's admin key.
    """

    level: Level
    project_id: str | None
    organization_id: str
    api_key_id: str
    public_key: str
    ingestion_suspended: bool = False


class Unauthorized(ApiError):
    status = 401
    error = "UnauthorizedError"

    def __init__(self, message: str) -> None:
        super().__init__(message, headers={"WWW-Authenticate": 'Basic realm="api"'})


class AccessDenied(Forbidden):
    """A valid key that doesn't open this route."""


class IngestionSuspended(Forbidden):
    """The project takes no more events, by its own or its organization's decision."""

    def __init__(self) -> None:
        super().__init__("Ingestion suspended for this project")


class ServiceUnavailable(ApiError):
    """Who asks can't be found out right now; clients retry."""

    status = 503

    def __init__(self) -> None:
        super().__init__("Service Unavailable")

    def body(self) -> dict[str, Any]:
        return {"message": self.message}
