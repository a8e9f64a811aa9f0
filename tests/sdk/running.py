"""A program of `programs/` and where it shall send to in, the JSON that it printed out."""

import base64
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

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

    def opentelemetry(self) -> dict[str, str]:
        """Return what a plain OpenTelemetry exporter reads from its environment."""
        token = base64.b64encode(f"{self.public_key}:{self.secret_key}".encode()).decode()
        return {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"{self.host}/api/public/otel",
            "OTEL_EXPORTER_OTLP_HEADERS": f"Authorization=Basic%20{quote(token)}",
            "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
        }


def run_python(program: str, target: Target, *arguments: str, sdk: str = "langfuse2") -> Any:
    """Run a program in the environment of that name; it fails where the SDK logs an error."""
    python = python_environment(sdk)
    return _run([python, "-P", PROGRAMS / f"{program}.py", *arguments], target, folder=PROGRAMS)


def run_javascript(program: str, target: Target, *arguments: str, sdk: str = "langfuse3") -> Any:
    """Run a program with the packages of `javascript/<sdk>`."""
    command = [NODE, PROGRAMS / f"{program}.mjs", *arguments]
    return _run(command, target, folder=node_environment(sdk), variables=target.opentelemetry())


def run_opentelemetry(program: str, target: Target, *arguments: str, **variables: str) -> Any:
    """Run a Python program that knows no Langfuse; the exporter's environment says where it sends to."""
    command = [
        python_environment("opentelemetry"),
        "-P",
        PROGRAMS / "opentelemetry" / f"{program}.py",
        *arguments,
    ]
    return _run(command, target, folder=PROGRAMS, variables={**target.opentelemetry(), **variables})


def _run(
    command: list[str | Path], target: Target, *, folder: Path, variables: dict[str, str] | None = None
) -> Any:
    done = subprocess.run(
        command,
        env={**target.environment(), **(variables or {})},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
    )
    if done.returncode != 0:
        raise AssertionError(f"{command[1:]} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])
