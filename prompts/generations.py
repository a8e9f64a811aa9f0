"""A project in, the number of its writes to prompts out: what every process asks to know if its cache holds."""

import time

from django.db import connection, transaction

TRUSTED_SECONDS = 0.8
"""How long a number holds unasked: a write shows in every process within a second."""
MAX_TRUSTED = 10_000

BEGIN_WRITE = """
insert into prompt_generations (project_id, number) values (%s, 1)
    on conflict (project_id) do update set number = prompt_generations.number + 1
"""

_trusted: dict[str, tuple[int, float]] = {}


def begin_write(project_id: str) -> None:
    """Make this transaction the only one that writes the project's prompts, and tell all caches when it commits.

    The first statement of every writer: as all of them take this lock first, none waits for another in a circle.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("Prompts are written inside a transaction")
    with connection.cursor() as cursor:
        cursor.execute(BEGIN_WRITE, [project_id])
    forget(project_id)
    transaction.on_commit(lambda: forget(project_id))


def trusted_generation(project_id: str) -> int | None:
    """Return the number if it was read a moment ago."""
    known = _trusted.get(project_id)
    return known[0] if known is not None and time.monotonic() < known[1] else None


def trust(project_id: str, number: int, *, asked_at: float) -> None:
    """Keep a number that was read by a statement begun at `asked_at` (of `time.monotonic`)."""
    if len(_trusted) >= MAX_TRUSTED:
        _trusted.clear()
    _trusted[project_id] = (number, asked_at + TRUSTED_SECONDS)


def forget(project_id: str) -> None:
    """Ask again at the next read in this process."""
    _trusted.pop(project_id, None)
