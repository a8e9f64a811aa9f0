"""A data folder in; database, web server, workers and beat out, kept alive until a signal comes."""

import http.client
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

from langfuse_site.lib.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError
from langfuse_site.lib.env import env_int, env_str
from langfuse_site.up.children import Child, Process, stop_all
from langfuse_site.up.commands import OTLP_GRPC_PORT, has_grpc, log_path, otlp_grpc, prepare, processes
from langfuse_site.up.folder import (
    UpError,
    child_environment,
    data_folder,
    first_account,
    open_folder,
    running_pid,
    write_private,
)
from langfuse_site.up.greeting import greeting
from langfuse_site.up.servers import check_environment

PATIENCE_SECONDS = 25.0
"""For a request or a task that is under way; what is cut off is digested again."""
WEB_START_SECONDS = 120.0
DOWN_SECONDS = 180.0
UNPRIVILEGED_PORT = 1024
LOOK_SECONDS = 0.2


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def up() -> None:
    """Run the installation of DATA_DIR until SIGINT, SIGTERM or SIGHUP."""
    folder = data_folder()
    host, port = env_str("LISTEN_HOST", "127.0.0.1"), port_of_environment()
    check_environment()
    with open_folder(folder):
        _refuse_taken_port(host, port)
        children: list[Child] = []
        database: EmbeddedPostgres | None = None
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _interrupt)
        try:
            database = None if env_str("DATABASE_URL") else EmbeddedPostgres(folder, say=say)
            url = _start_database(database) if database else env_str("DATABASE_URL")
            write_private(folder / "database-url", f"{url}\n")
            account, demo = first_account(folder)
            environment = child_environment(folder, port=port, database_url=url) | demo
            prepare(environment)
            say("starting web server, worker and beat")
            children += processes(folder, environment, host=host, port=port)
            if grpc := _grpc_address(host):
                children.append(otlp_grpc(folder, environment, address=grpc))
            for child in children:
                child.launch()
            _wait_for_web(host, port, web=children[0])
            say(greeting(f"http://localhost:{port}", account, grpc=grpc))
            _tend(children, database)
        except KeyboardInterrupt:
            say("\nstopping")
        finally:
            stop_all(children, patience=PATIENCE_SECONDS)
            if database is not None:
                database.stop()
    say("stopped")


def down() -> None:
    """Stop the installation of DATA_DIR and wait for its end."""
    folder = data_folder()
    pid = running_pid(folder)
    if not pid:
        say(f"nothing runs on {folder}")
        return
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + DOWN_SECONDS
    while running_pid(folder) == pid:
        if time.monotonic() > deadline:
            raise UpError(f"process {pid} does not stop")
        time.sleep(LOOK_SECONDS)
    say("stopped")


def check_health() -> None:
    """Fail unless the web server of this machine answers."""
    if not _is_healthy("127.0.0.1", port_of_environment()):
        raise UpError("the web server does not answer")


def port_of_environment() -> int:
    try:
        port = env_int("PORT", 3000)
    except ValueError as error:
        raise UpError(str(error)) from None
    if not 0 < port < 65536:
        raise UpError(f"PORT must be between 1 and 65535, not {port}")
    return port


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    """End the waiting, wherever it is; from now on nothing disturbs the cleaning up."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


def _grpc_address(host: str) -> str | None:
    """Return where to take OTLP over gRPC; None where the extra is missing or OTLP_GRPC_PORT is 0 or taken."""
    try:
        port = env_int("OTLP_GRPC_PORT", OTLP_GRPC_PORT)
    except ValueError as error:
        raise UpError(str(error)) from None
    if not port or not has_grpc():
        return None
    try:
        _bind(host, port)
    except OSError as error:
        say(
            f"OTLP over gRPC is off: can't listen on {host}:{port} ({error.strerror or error});"
            " set OTLP_GRPC_PORT to a free port, or to 0"
        )
        return None
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _bind(host: str, port: int) -> None:
    """Raise OSError where this address can't be listened on."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)
        probe.listen(1)


def _refuse_taken_port(host: str, port: int) -> None:
    try:
        _bind(host, port)
    except OSError as error:
        reason = error.strerror or str(error)
        other = port + 1 if port >= UNPRIVILEGED_PORT else 3000
        raise UpError(f"can't listen on {host}:{port} ({reason}); try PORT={other} make up") from None


def _start_database(database: EmbeddedPostgres) -> str:
    say(f"starting PostgreSQL in {database.home}")
    database.start()
    return database.url


def _wait_for_web(host: str, port: int, *, web: Child) -> None:
    deadline = time.monotonic() + WEB_START_SECONDS
    while not _is_healthy(host, port):
        if not web.is_alive() or time.monotonic() > deadline:
            raise UpError(f"the web server did not start; see {log_path(data_folder(), web.name)}")
        time.sleep(LOOK_SECONDS)


def _is_healthy(host: str, port: int) -> bool:
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    connection = http.client.HTTPConnection(reachable, port, timeout=10)
    try:
        connection.request("GET", "/api/public/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _tend(children: list[Child], database: EmbeddedPostgres | None) -> NoReturn:
    """Start again what dies, until a signal ends the waiting."""
    tended = list(children)
    if database is not None:
        tended.insert(0, Child("PostgreSQL", _launcher(database), process=database.process))
    while True:
        for child in tended:
            child.tend(say)
        time.sleep(LOOK_SECONDS)


def _launcher(database: EmbeddedPostgres) -> Callable[[], Process | None]:
    def launch() -> Process | None:
        try:
            return database.launch()
        except EmbeddedPostgresError as error:
            say(str(error))
            return None

    return launch
