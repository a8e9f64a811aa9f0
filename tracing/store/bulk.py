"""Rows of a bulk table in; COPY and set-wise statements out, as many for one row as for a thousand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

COMMON = (
    *("project_id", "id", "long_ids", "created_at", "updated_at", "api_key_id", "sdk_name", "sdk_version"),
    "clocks",
)
"""The columns that every row of traces and observations begins with."""

COPY_SQL = "copy {table} ({columns}) from stdin"
STAGE_SQL = """
    create temp table if not exists {stage} on commit delete rows as select {columns} from {table} with no data
"""
OVERWRITE_SQL = """
    insert into {table} ({columns}) select {columns} from {stage}
    on conflict (project_id, id) do update set {assignments}
"""
"""No join: without statistics of the stage, a plan of one may compare each row with each."""


@dataclass(frozen=True, slots=True)
class BulkTable:
    """A table keyed by (project_id, id) and the columns that the digest writes, in the order of its rows."""

    name: str
    columns: tuple[str, ...]

    @property
    def stage(self) -> str:
        return f"staged_{self.name}"


Row = Sequence[Any]

BY_KEY_SQL = (
    "set local enable_seqscan = off; set local enable_hashjoin = off; set local enable_mergejoin = off"
)


def expect_keys() -> None:
    """Tell the planner that this transaction reads bulk tables by key: a stage has no statistics to tell it."""
    with connection.cursor() as cursor:
        cursor.execute(BY_KEY_SQL)


def copy_rows(table: BulkTable, rows: Iterable[Row], *, into: str | None = None) -> None:
    """COPY rows straight into the table (or its stage); a key that exists raises IntegrityError."""
    sql = COPY_SQL.format(table=into or table.name, columns=", ".join(table.columns))
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(sql) as copy:
        for row in rows:
            copy.write_row(row)


def stage_rows(table: BulkTable, rows: Iterable[Row]) -> None:
    """COPY rows into the table's stage, a temporary table that the end of the transaction empties."""
    with connection.cursor() as cursor:
        cursor.execute(
            STAGE_SQL.format(stage=table.stage, table=table.name, columns=", ".join(table.columns))
        )
    copy_rows(table, rows, into=table.stage)


def update_rows(table: BulkTable, rows: Iterable[Row]) -> None:
    """Overwrite all of the table's columns of rows that exist."""
    stage_rows(table, rows)
    sql = OVERWRITE_SQL.format(
        table=table.name,
        stage=table.stage,
        columns=", ".join(table.columns),
        assignments=", ".join(f"{c} = excluded.{c}" for c in table.columns if c not in {"project_id", "id"}),
    )
    with connection.cursor() as cursor:
        cursor.execute(sql)
