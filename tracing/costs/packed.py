"""The installed genai-prices package in, its prices as compact JSON out, packed once for each version of it.

The package is never imported here: its module of data costs a process 40 MB (105 MB while it loads) and half
a second. A process of its own packs it; what it made is kept in a folder, where one is given.
"""

import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

PACK = Path(__file__).with_name("pack.py")

_folder: Path | None = None


def keep_in(folder: Path) -> None:
    """Keep packed prices in this folder, which is made when it is needed."""
    global _folder  # noqa: PLW0603 - set once, when Django is set up
    _folder = folder


def packed_prices() -> bytes:
    """Return the packed prices, from the folder or, half a second later, from the package."""
    kept = _folder / f"genai-prices-{version('genai-prices')}.json" if _folder else None
    if kept is not None and kept.exists():
        return kept.read_bytes()
    made = subprocess.run([sys.executable, "-I", PACK], check=True, capture_output=True).stdout
    if kept is not None:
        _keep(kept, made)
    return made


def _keep(path: Path, content: bytes) -> None:
    """Write the file whole or not at all; a folder that can't be written only costs the next process its time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(content)
        Path(file.name).replace(path)
    except OSError:
        return
