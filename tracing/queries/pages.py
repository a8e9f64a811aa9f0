"""A filtered queryset in, one page of its rows and their exact total out, within a limit of time."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet
from django.db.models.expressions import Combinable
from psycopg.errors import QueryCanceled

T = TypeVar("T")

READ_SECONDS = 15.0
"""Below the 20 s after which the oldest SDKs give up, so that they get an answer that says why."""

LIMITS_SQL = "select set_config('statement_timeout', %s, true), set_config('jit', 'off', true)"
"""Nothing that may take as long as a page is worth compiling first."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    rows: list[T]
    total: int


@contextmanager
def bounded(seconds: float = READ_SECONDS) -> Iterator[None]:
    """Run the reads inside with a limit on each; the API tells of one that is cut off with a 422."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(LIMITS_SQL, (str(int(seconds * 1000)),))
        yield


def was_cut_off(error: OperationalError) -> bool:
    """Say whether a read ran into the limit of `bounded`."""
    return isinstance(error.__cause__, QueryCanceled)


def read_page(
    rows: QuerySet[Any, Any],
    columns: Sequence[str | Combinable],
    *,
    into: Callable[..., T],
    offset: int,
    limit: int,
) -> Page[T]:
    """Return rows `offset` to `offset + limit`, each made of these columns, and how many there are in all."""
    found = [into(*row) for row in rows.values_list(*columns)[offset : offset + limit]]
    if 0 < len(found) < limit or (not found and offset == 0):
        return Page(found, offset + len(found))
    return Page(found, rows.order_by().count())
