"""A program of `programs/` and where it shall send to in, the JSON that it printed out."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.sdk.environments import NODE, node_environment, python_environment

PROGRAMS = Path(__file__).parent / "programs"
TIMEOUT_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Target:
    """The server and the project that a program sends to, and the OpenAI endpoint that it asks."""

    host: str
    public_key: str
    secret_key: str
    openai: str

    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        return {
            **kept,
            "LANGFUSE_HOST": self.host,
            "LANGFUSE_BASE_URL": self.host,
            "LANGFUSE_PUBLIC_KEY": self.public_key,
            "LANGFUSE_SECRET_KEY": self.secret_key,
            "OPENAI_BASE_URL": self.openai,
            "OPENAI_API_BASE": self.openai,
            "OPENAI_API_KEY": "sk-standin",
        }


def run_python(program: str, target: Target, *arguments: str, sdk: str = "langfuse2") -> Any:
    """Run a program in the environment of that name; it fails where the SDK logs an error."""
    python = python_environment(sdk)
    return _run([python, "-P", PROGRAMS / f"{program}.py", *arguments], target, folder=PROGRAMS)


def run_javascript(program: str, target: Target, *arguments: str, sdk: str = "langfuse3") -> Any:
    """Run a program with the packages of `javascript/<sdk>`."""
    folder = node_environment(sdk)
    return _run([NODE, PROGRAMS / f"{program}.mjs", *arguments], target, folder=folder)


def _run(command: list[str | Path], target: Target, *, folder: Path) -> Any:
    done = subprocess.run(
        command, env=target.environment(), cwd=folder, capture_output=True, text=True, timeout=TIMEOUT_SECONDS
    )
    if done.returncode != 0:
        raise AssertionError(f"{command[1:]} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])
