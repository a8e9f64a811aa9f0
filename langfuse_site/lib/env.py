"""Environment variables in, typed settings out; `NAME_FILE` points to a file that holds a secret."""

import os
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlsplit


def env_str(name: str, default: str = "") -> str:
    """Return `name`, else the content of the file that `name_FILE` points to, else `default`.

    An empty `name`, as compose files pass on what is not set, gives way to a file, not to the default.
    """
    value = os.environ.get(name)
    path = os.environ.get(f"{name}_FILE")
    if path and not value:
        return Path(path).read_text(encoding="utf-8").strip()
    return default if value is None else value


def env_or_file(name: str, path: Path) -> str:
    """Return `name` as `env_str` does, else the content of `path`, where `make up` keeps what it generated."""
    value = env_str(name)
    if value or not path.exists():
        return value
    return path.read_text(encoding="utf-8").strip()


def redis_url_of_environment() -> str:
    """Return REDIS_URL or REDIS_CONNECTION_STRING, else one of REDIS_HOST, REDIS_PORT and REDIS_AUTH."""
    url = env_str("REDIS_URL") or env_str("REDIS_CONNECTION_STRING")
    host = env_str("REDIS_HOST")
    if url or not host:
        return url
    scheme = "rediss" if env_bool("REDIS_TLS_ENABLED") else "redis"
    password = quote(env_str("REDIS_AUTH"), safe="")
    return f"{scheme}://{f':{password}@' if password else ''}{host}:{env_int('REDIS_PORT', 6379)}/0"


def env_bool(name: str, *, default: bool = False) -> bool:
    """Return true for 1, true, yes, on; false for 0, false, no, off and the empty string."""
    text = env_str(name, str(default)).strip().lower()
    if text in {"1", "true", "yes", "on"}:
        return True
    if text in {"0", "false", "no", "off", ""}:
        return False
    raise ValueError(f"{name} must be true or false, not {text!r}")


def env_int(name: str, default: int) -> int:
    """Return `name` as a whole number."""
    text = env_str(name, str(default)).strip()
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{name} must be a whole number, not {text!r}") from None


def database_from_url(url: str) -> dict[str, object]:
    """Return Django's NAME, USER, PASSWORD, HOST, PORT and OPTIONS of a `postgresql://` URL.

    A socket folder is given as `?host=/folder`. Prisma's parameters (`schema`, `pgbouncer`, …), which
    an existing installation's URL may carry, are left out: libpq refuses what it does not know.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError(f"DATABASE_URL must start with postgresql://, not {parts.scheme!r}")
    prisma = {
        "schema",
        "pgbouncer",
        "connection_limit",
        "pool_timeout",
        "socket_timeout",
        "statement_cache_size",
    }
    options: dict[str, object] = {k: v for k, v in parse_qsl(parts.query) if k not in prisma}
    host = options.pop("host", parts.hostname or "")
    return {
        "NAME": unquote(parts.path.lstrip("/")) or "postgres",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or options.pop("port", "")),
        "OPTIONS": options,
    }
