"""The servers that the environment names in; nothing out if they answer, one clear line if they don't."""

import socket
from urllib.parse import urlsplit

from langfuse_site.lib.env import database_from_url, env_int, env_str, redis_url_of_environment
from langfuse_site.up.folder import UpError

ANSWER_SECONDS = 5.0
REDIS_PORT = 6379
POSTGRES_PORT = 5432


def check_environment() -> None:
    """Raise UpError for what would only fail after everything else was started."""
    try:
        if env_int("WORKERS", 1) < 1:
            raise UpError("WORKERS must be at least 1")
        database = database_from_url(url) if (url := env_str("DATABASE_URL")) else None
    except ValueError as error:
        raise UpError(str(error)) from None
    if database is not None and not str(database["HOST"]).startswith("/"):
        _reach(
            "DATABASE_URL", "PostgreSQL", str(database["HOST"]), int(str(database["PORT"] or POSTGRES_PORT))
        )
    redis = urlsplit(redis_url_of_environment())
    if redis.hostname:
        _reach("REDIS_URL", "Redis", redis.hostname, redis.port or REDIS_PORT)


def _reach(name: str, server: str, host: str, port: int) -> None:
    try:
        socket.create_connection((host or "localhost", port), timeout=ANSWER_SECONDS).close()
    except OSError as error:
        reason = error.strerror or str(error)
        raise UpError(f"{server} does not answer on {host}:{port} ({reason}); see {name}") from None
