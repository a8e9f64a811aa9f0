"""The embedded server: starts in a bare folder, takes over after a kill, keeps its socket to itself."""

import os
import shutil
import signal
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from langfuse_site.lib.embedded_postgres import MAX_SOCKET_FOLDER_BYTES, EmbeddedPostgres


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder that the server's account may enter; pytest's own are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="lf-ops-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def server(folder: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(folder, say=print)
    server.start()
    yield server
    server.stop()


def test_server_keeps_rows_over_a_kill(server: EmbeddedPostgres) -> None:
    assert server.process is not None
    with psycopg.connect(server.url) as connection:
        connection.execute("create table kept as select 1 as one")
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    server.start()
    with psycopg.connect(server.url) as connection:
        assert connection.execute("select one from kept").fetchall() == [(1,)]


def test_socket_is_closed_to_others_and_no_port_is_open(server: EmbeddedPostgres) -> None:
    assert stat.S_IMODE(server.socket_folder.stat().st_mode) == 0o700
    with psycopg.connect(server.url) as connection:
        assert connection.execute("show listen_addresses").fetchone() == ("",)
        assert connection.execute("show fsync").fetchone() == ("on",)


def test_long_path_gets_a_short_socket_folder(folder: Path) -> None:
    deep = folder / ("x" * 100) / ("y" * 100)
    deep.mkdir(parents=True)
    server = EmbeddedPostgres(deep, say=print)
    assert len(os.fsencode(server.socket_folder)) <= MAX_SOCKET_FOLDER_BYTES
    server.start()
    with psycopg.connect(server.url) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    server.stop()
    assert not server.socket_folder.exists()


def test_stale_pid_file_of_a_stranger_is_no_obstacle(server: EmbeddedPostgres) -> None:
    server.stop()
    (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n{server.data}\n", encoding="utf-8")
    server.start()
    assert server.is_ready()


def test_database_lies_elsewhere_where_its_account_may_not_enter(tmp_path: Path) -> None:
    said: list[str] = []
    tmp_path.chmod(0o700)
    server = EmbeddedPostgres(tmp_path, say=said.append)
    server.start()
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
    assert (server.home.parent == tmp_path) == (os.geteuid() != 0)
    assert said == [] or str(server.home) in said[0]
    assert EmbeddedPostgres(tmp_path, say=said.append).home == server.home
    server.stop()
    shutil.rmtree(server.home)
