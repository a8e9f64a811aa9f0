"""A major of the Python SDK in, its programs run against the live server out."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.sdk.running import PROGRAMS, Target, run_python

Run = Callable[..., Any]


@pytest.fixture(scope="module", params=[3, 4, 5], ids=lambda major: f"sdk{major}")
def major(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(scope="module")
def run(target: Target, major: int) -> Run:
    """Return what runs a program with that major; one that is written alike for several has one file."""
    own = PROGRAMS / f"python{major}"

    def run_program(program: str, *arguments: str) -> Any:
        folder = own.name if (own / f"{program}.py").exists() else "python"
        return run_python(f"{folder}/{program}", target, *arguments, sdk=f"langfuse{major}")

    return run_program
