"""A data folder and an environment in, the command lines of the installation's processes out."""

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from langfuse_site.lib.env import env_int, env_str
from langfuse_site.lib.processes import spawn, stop
from langfuse_site.up.children import Child
from langfuse_site.up.folder import BASE_DIR, UpError

WEB_THREADS = 64
"""Each request whose body is still on its way occupies one; they are started when needed."""
WEB_CONNECTIONS = 16
WORKER_CONNECTIONS = 4
"""For a digest, a turn of rollups, notices and maintenance, which run beside each other."""
GRPC_CONNECTIONS = 8
OTLP_GRPC_PORT = 4317
"""Where senders of OTLP over gRPC look for a collector."""
MAX_LOG_BYTES = 10_000_000
WEB = ("granian", "--interface", "wsgi", "--http", "1", "--no-ws", "--workers-kill-timeout", "10")
WORKER = (
    *("celery", "-A", "langfuse_site.celery", "worker", "-l", "WARNING"),
    *("--without-gossip", "--without-mingle", "--without-heartbeat"),
)
BEAT = (
    *("celery", "-A", "langfuse_site.beat", "beat", "-l", "WARNING"),
    *("--scheduler", "celery.beat:Scheduler"),
)


def prepare(environment: Mapping[str, str]) -> None:
    """Check, migrate and provision; collect the static files where they are not of this version."""
    root = Path(env_str("STATIC_ROOT") or BASE_DIR / "staticfiles")
    stamp, wanted = root / ".of", _static_version()
    is_stale = not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted
    prepare_database(environment, *(["--static"] if is_stale else []))
    if is_stale:
        stamp.write_text(wanted, encoding="utf-8")


def prepare_database(environment: Mapping[str, str], *options: str) -> None:
    """Check the settings, migrate and provision."""
    process = spawn([sys.executable, "manage.py", "prepare", *options], env=environment, cwd=BASE_DIR)
    try:
        while process.poll() is None:
            time.sleep(0.05)
    finally:
        stop(process)
    if process.returncode:
        raise UpError("the installation could not be prepared; the reason stands above")


def processes(folder: Path, environment: Mapping[str, str], *, host: str, port: int) -> list[Child]:
    """Return web server, workers and beat, the web server first."""
    workers = [f"worker-{number}" for number in range(1, env_int("WORKERS", 1) + 1)]
    commands = [
        ("web", web_command(host, port), WEB_CONNECTIONS),
        *((name, worker_command(name), WORKER_CONNECTIONS) for name in workers),
        ("beat", BEAT, 0),
    ]
    return [
        Child(name, _starter(log_path(folder, name), argv, _with_pool(environment, connections)))
        for name, argv, connections in commands
    ]


def otlp_grpc(folder: Path, environment: Mapping[str, str], *, address: str) -> Child:
    """Return the process that takes OTLP over gRPC, for where the extra `grpc` is installed."""
    argv = grpc_command(address)
    return Child(
        "otlp-grpc",
        _starter(log_path(folder, "otlp-grpc"), argv, _with_pool(environment, GRPC_CONNECTIONS)),
    )


def has_grpc() -> bool:
    """Say whether the extra `grpc` is installed."""
    return find_spec("grpc") is not None


def run_alone(role: str, environment: Mapping[str, str], *, port: int) -> NoReturn:
    """Become the web server, a worker or beat: one process of a team's server, restarted by whoever runs it."""
    commands = {
        "web": (web_command("0.0.0.0", port), WEB_CONNECTIONS),  # noqa: S104
        "worker": (worker_command("worker"), WORKER_CONNECTIONS),
        "beat": (BEAT, 0),
        "otlp-grpc": (grpc_command(f"[::]:{OTLP_GRPC_PORT}"), GRPC_CONNECTIONS),
    }
    argv, connections = commands[role]
    if role == "web":
        prepare_database(environment)
    os.execve(sys.executable, [sys.executable, "-m", *argv], _with_pool(environment, connections))  # noqa: S606


def web_command(host: str, port: int) -> tuple[str, ...]:
    where = ("--host", host, "--port", str(port), "--blocking-threads", str(WEB_THREADS))
    return (*WEB, *where, "langfuse_site.wsgi:application")


def grpc_command(address: str) -> tuple[str, ...]:
    return ("django", "serve_otlp_grpc", address)


def worker_command(name: str) -> tuple[str, ...]:
    return (*WORKER, "-n", f"{name}@%h")


def log_path(folder: Path, name: str) -> Path:
    return folder / "logs" / f"{name}.log"


def _starter(
    log: Path, argv: Sequence[str], environment: Mapping[str, str]
) -> Callable[[], subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", *argv]

    def start() -> subprocess.Popen[bytes]:
        if log.exists() and log.stat().st_size > MAX_LOG_BYTES:
            log.rename(log.with_suffix(".log.1"))
        with log.open("ab") as output:
            return spawn(command, env=environment, output=output, cwd=BASE_DIR)

    return start


def _with_pool(environment: Mapping[str, str], connections: int) -> dict[str, str]:
    return {"DATABASE_POOL_SIZE": str(connections), **environment}


def _static_version() -> str:
    """Return a digest of what the static files are made from: the packages and our own files."""
    digest = hashlib.sha256((BASE_DIR / "requirements.txt").read_bytes())
    for path in sorted((BASE_DIR / "langfuse_site" / "static").rglob("*")):
        status = path.stat()
        digest.update(f"{path.relative_to(BASE_DIR)} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
