"""What the image is built from: the files that its Dockerfile copies are enough to run."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from langfuse_site.lib import side_queue
from langfuse_site.up.__main__ import ROLES
from tests.ops.installation import ROOT
from tests.ops.test_layers import CONFIG
from tracing.tasks import TURN_SECONDS

COPIED = re.compile(r"^COPY ([a-z_.-]+) ([a-z_./]+)$", re.MULTILINE)
VARIABLE = re.compile(r"\$\{(\w+)(?::-([^${}]*)|:\?[^${}]*)\}")
ENVIRONMENT = {"NEXTAUTH_SECRET": "only-here", "SALT": "only-here", "DATABASE_URL": "postgresql:///none"}


def copied() -> dict[str, str]:
    return dict(COPIED.findall((ROOT / "Dockerfile").read_text(encoding="utf-8")))


def services() -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))[
        "services"
    ]
    return services


def composed(given: dict[str, str]) -> dict[str, str]:
    """Return the server's environment as docker compose makes it where only these variables are set."""
    return {name: filled(value, given) for name, value in services()["web"]["environment"].items()}


def filled(text: str, given: dict[str, str]) -> str:
    while VARIABLE.search(text):
        text = VARIABLE.sub(lambda found: given.get(found[1]) or found[2] or "", text)
    return text


def test_every_package_is_copied() -> None:
    assert {name for name in CONFIG["root_packages"] if name not in copied()} == set()


def test_nothing_that_is_copied_is_ignored() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {name for name in copied() if f"!{name}" not in lines} == set()


def test_the_copied_files_start_with_the_defaults_of_compose(tmp_path: Path) -> None:
    for name, target in copied().items():
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, tmp_path / target)
    command = [sys.executable, "manage.py", "check", "--deploy"]
    environment = {**composed(ENVIRONMENT), "DATA_DIR": str(tmp_path / "data"), "PATH": ""}
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_links_lead_to_the_port_that_is_published() -> None:
    assert composed({"PORT": "8080"})["NEXTAUTH_URL"] == "http://localhost:8080"
    assert (
        composed({"PORT": "8080", "NEXTAUTH_URL": "https://t.example"})["NEXTAUTH_URL"] == "https://t.example"
    )


def test_each_role_has_a_service_and_the_packages_that_it_needs() -> None:
    commands = {
        name: one["command"][-1] for name, one in services().items() if "-m" in one.get("command", [])
    }
    assert {"web", *commands.values()} == set(ROLES)
    installed = re.findall(r"-r /tmp/([a-z.-]+)", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    assert (
        set(installed) == {"requirements.txt", "requirements-grpc.txt"} and set(installed) <= copied().keys()
    )


def test_a_worker_that_is_stopped_is_given_the_time_that_it_takes() -> None:
    grace = services()["worker"]["stop_grace_period"]
    assert int(grace.removesuffix("s")) > TURN_SECONDS + side_queue.PATIENCE_SECONDS
