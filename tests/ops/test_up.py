"""The one command, as real processes: starts, starts again, restarts what dies, stops cleanly."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ops.installation import (
    ROOT,
    Installation,
    data_folder,
    exists,
    free_port,
    normal_user,
    wait_until,
)

SECRET_FILES = ("nextauth-secret", "salt", "demo.json", "database-url")


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with data_folder() as folder:
        installation = Installation(folder, free_port())
        installation.start()
        yield installation
        if installation.process is not None and installation.process.poll() is None:
            installation.end()


def test_start_prints_what_a_newcomer_needs(installation: Installation) -> None:
    assert f"Ready: http://localhost:{installation.port}" in installation.output
    for word in ("demo@example.com", "password", "pk-lf-", "sk-lf-", "pip install langfuse==2.60.10"):
        assert word in installation.output
    assert installation.is_healthy()
    assert set(installation.children()) == {"database", "web", "worker", "beat"}


def test_prices_are_packed_before_the_first_trace_needs_them(installation: Installation) -> None:
    assert [file.name for file in (installation.folder / "cache").glob("genai-prices-*.json")]


def test_secrets_are_for_the_owner_alone(installation: Installation) -> None:
    modes = {name: stat.S_IMODE((installation.folder / name).stat().st_mode) for name in SECRET_FILES}
    assert modes == dict.fromkeys(SECRET_FILES, 0o600)


@pytest.mark.parametrize("name", ["beat", "worker", "web", "database"])
def test_killed_child_is_started_again(installation: Installation, name: str) -> None:
    before = installation.children()[name]
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: installation.children().get(name, before) != before)
    wait_until(installation.is_healthy)
    assert "starting it again" in installation.output


def test_taken_port_is_one_line(installation: Installation) -> None:
    with data_folder() as folder:
        second = Installation(folder, installation.port)
        assert second.launch().wait(30) == 1
        assert second.output.count("\n") == 1
        assert f"PORT={installation.port + 1} make up" in second.output


def test_same_folder_is_not_started_twice(installation: Installation) -> None:
    second = Installation(installation.folder, free_port())
    first_output = installation.output
    second.folder = installation.folder.parent / "link"
    second.folder.symlink_to(installation.folder)
    assert second.launch().wait(30) == 1
    assert "already running" in second.output
    assert installation.output == first_output


def test_second_start_is_quick_and_shows_the_same_keys(installation: Installation) -> None:
    first = installation.output
    pids = installation.all_pids()
    assert installation.end() == 0
    assert not [pid for pid in pids if exists(pid)]
    started = time.monotonic()
    installation.start()
    assert time.monotonic() - started < 30
    keys = [line for line in first.splitlines() if " key  " in line or "password" in line]
    assert len(keys) == 3
    assert [line for line in installation.output.splitlines() if line in keys] == keys
    assert "migrating" not in installation.output


def test_killed_supervisor_takes_all_along_and_the_next_start_recovers(installation: Installation) -> None:
    pids = installation.all_pids()
    installation.end(signal.SIGKILL)
    wait_until(lambda: not [pid for pid in pids if exists(pid)])
    installation.start()
    assert installation.is_healthy()


def test_down_stops_it(installation: Installation) -> None:
    process = installation.process
    assert process is not None
    down = Installation(installation.folder.parent / "link", installation.port)
    assert down.launch("down").wait(60) == 0
    assert process.wait(10) == 0
    assert down.output == "stopped\n"


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("WORKERS", "x", "WORKERS must be a whole number"),
        ("DATABASE_URL", "mysql://localhost/x", "DATABASE_URL must start with postgresql://"),
        ("DATABASE_URL", "postgresql://u:p@127.0.0.1:1/x", "PostgreSQL does not answer on 127.0.0.1:1"),
        ("REDIS_URL", "redis://127.0.0.1:1/0", "Redis does not answer on 127.0.0.1:1"),
    ],
)
def test_wrong_environment_is_one_line(variable: str, value: str, told: str) -> None:
    with data_folder() as folder:
        environment = {
            **os.environ,
            "DATA_DIR": str(folder),
            "PORT": str(free_port()),
            "DATABASE_URL": "",
            variable: value,
        }
        command = [sys.executable, "-m", "langfuse_site.up"]
        ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=30)
        assert (ended.returncode, ended.stderr.count("\n"), ended.stdout) == (1, 1, "")
        assert told in ended.stderr
        assert not (folder / "database-url").exists()


def test_unwritable_folder_is_one_line() -> None:
    # Not even root can make a folder here.
    refused = Installation(Path("/proc/lf/data"), free_port())
    environment = {**os.environ, "DATA_DIR": str(refused.folder), "PORT": str(refused.port)}
    result = subprocess.run(
        [ROOT / ".venv/bin/python", "-m", "langfuse_site.up"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "can't write to /proc/lf/data" in result.stderr


@pytest.mark.parametrize(("port", "reason"), [("0", "between 1 and 65535"), ("x", "whole number")])
def test_wrong_port_is_one_line(port: str, reason: str) -> None:
    with data_folder() as folder:
        wrong = Installation(folder, 1, more={"PORT": port})
        assert wrong.launch().wait(30) == 1
        assert reason in wrong.output
        assert wrong.output.count("\n") == 1


def test_old_python_is_one_line(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2\nexit 1\n', encoding="utf-8")
    old.chmod(0o755)
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "requirements.txt").touch()
    result = subprocess.run(
        ["make", "up", f"PYTHON={old}"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert result.returncode != 0
    assert "error: Python 3.11 or newer is needed" in result.stderr
    assert "Python 3.9.2" in result.stderr


def test_normal_user_below_a_closed_home_and_a_long_path() -> None:
    with normal_user() as (home, prefix):
        code = home / "clone"
        ignored = shutil.ignore_patterns(
            ".venv", ".git", ".envs", ".data", "node_modules", "__pycache__", "staticfiles"
        )
        shutil.copytree(ROOT, code, ignore=ignored)
        (code / ".venv").symlink_to(ROOT / ".venv")
        status = home.stat()
        for place in (code, *code.rglob("*")):
            os.chown(place, status.st_uid, status.st_gid, follow_symlinks=False)
        folder = code / ("long-" * 20) / ("path-" * 20) / "data"
        subprocess.run([*prefix, "mkdir", "-p", folder.parent], check=True)
        installation = Installation(folder, free_port(), root=code, prefix=prefix, more={"HOME": str(home)})
        installation.start()
        owner = Path(f"/proc/{installation.children()['database']}").stat().st_uid
        assert owner == status.st_uid
        assert installation.is_healthy()
        with socket.create_connection(("127.0.0.1", installation.port)):
            assert installation.end(signal.SIGTERM) == 0
