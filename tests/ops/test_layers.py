"""What import-linter does not look at by itself: that every package and module is in a contract."""

import tomllib
from typing import Any

from tests.ops.installation import ROOT

CONFIG: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
    "importlinter"
]
NO_CODE_OF_THE_PRODUCT = {"tests", "benchmarks"}


def layers() -> set[str]:
    first = CONFIG["contracts"][0]["layers"]
    return {module.strip() for layer in first for module in layer.replace(":", "|").split("|")}


def test_every_top_level_package_is_in_a_contract() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - NO_CODE_OF_THE_PRODUCT
    assert packages == set(CONFIG["root_packages"])
    assert packages <= {module.split(".")[0] for module in layers()}


def test_every_module_of_the_project_package_is_in_a_contract() -> None:
    folder = ROOT / "langfuse_site"
    modules = {path.stem for path in folder.glob("*.py")} | {
        path.parent.name for path in folder.glob("*/__init__.py")
    }
    assert {f"langfuse_site.{name}" for name in modules - {"__init__"}} <= layers()
