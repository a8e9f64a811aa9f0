"""A database with what a run has written in; sizes, and the floor that no digest can undercut, out."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import psycopg
from psycopg import sql

TABLES = ("traces", "observations", "scores")
FLOOR_ROWS = 30_000
CHUNK_ROWS = 500
"""Rows of one transaction, of all tables together, as they were written."""
ROUNDS = 2

SIZE_SQL = "select pg_database_size(current_database()), pg_total_relation_size('spool'), pg_current_wal_lsn() - '0/0'"
SPOOL_SQL = "select count(*) from spool"
COUNT_SQL = "select reltuples, reloptions from pg_class where oid = %s::regclass"
MAKE_BODIES_SQL = """
    create table benchmark_bodies (id bigserial primary key, body bytea not null);
    alter table benchmark_bodies alter column body set storage external
"""
DROP_BODIES_SQL = "drop table benchmark_bodies"
READ_SQL = "copy (select t.* from {table} t limit {rows}) to stdout"
MAKE_COPY_SQL = "drop table if exists {copy}; create table {copy} (like {table} including all)"
STAGE_SQL = "create temp table {stage} on commit delete rows as select * from {table} with no data"
COPY_SQL = "copy {stage} from stdin"
INSERT_SQL = (
    "insert into {copy} select * from {stage} on conflict (project_id, id) do update set {assignments}"
)
COLUMNS_SQL = (
    "select column_name from information_schema.columns where table_name = %s and table_schema = 'public'"
)


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes, after a checkpoint."""

    database: int
    spool: int
    wal_written: int


@dataclass(frozen=True, slots=True)
class Floor:
    """Rows a second by COPY and one INSERT … ON CONFLICT a table, over one connection and over two."""

    rows: int
    bytes_per_row: float
    over_one: float
    over_two: float


Chunk = tuple[tuple[bytes, ...], int]
"""The rows of one transaction, table by table as COPY reads them, and how many they are."""


class Scratch:
    """A connection to the database of an installation, for measuring only."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection = psycopg.connect(url, autocommit=True)

    def version(self) -> str:
        return self._connection.execute("show server_version").fetchall()[0][0].split(" ")[0]  # type: ignore[no-any-return]

    def setting(self, name: str) -> str:
        return str(self._connection.execute("select current_setting(%s)", (name,)).fetchall()[0][0])

    def sizes(self) -> Sizes:
        self._connection.execute("checkpoint")
        row = self._connection.execute(SIZE_SQL).fetchall()[0]
        return Sizes(*map(int, row))

    def waiting(self) -> int:
        """Return how many batches the spool holds."""
        return int(self._connection.execute(SPOOL_SQL).fetchall()[0][0])

    def make_bodies(self) -> None:
        self._connection.execute(MAKE_BODIES_SQL)

    def drop_bodies(self) -> None:
        self._connection.execute(DROP_BODIES_SQL)

    def floor(self) -> Floor:
        """Write rows that the run has left once more, into tables like those they came from."""
        chunks = self._chunks()
        rates = {1: 0.0, 2: 0.0}
        for _ in range(ROUNDS):
            for connections in rates:
                rates[connections] = max(rates[connections], self._write(chunks, connections))
        for table in TABLES:
            self._connection.execute(sql.SQL("drop table {}").format(_copy_of(table)))
        rows = sum(rows for _, rows in chunks)
        size = sum(len(data) for datas, _ in chunks for data in datas)
        return Floor(rows, size / rows, rates[1], rates[2])

    def close(self) -> None:
        self._connection.close()

    def _chunks(self) -> list[Chunk]:
        """Return rows in transactions, each with its share of every table."""
        by_table = [self._read(table) for table in TABLES]
        transactions = max(1, sum(map(len, by_table)) // CHUNK_ROWS)
        rows = [[iter(lines), -(-len(lines) // transactions)] for lines in by_table]
        chunks = []
        for _ in range(transactions):
            parts = [list(islice(lines, size)) for lines, size in rows]  # type: ignore[call-overload]
            chunks.append((tuple(b"".join(part) for part in parts), sum(map(len, parts))))
        return chunks

    def _read(self, table: str) -> list[bytes]:
        """Return so many rows that the tables keep their proportions."""
        counts = {name: self._count(name) for name in TABLES}
        rows = FLOOR_ROWS * counts[table] // max(1, sum(counts.values()))
        statement = sql.SQL(READ_SQL).format(table=sql.Identifier(table), rows=sql.Literal(rows))
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            return [bytes(line) for line in copy]

    def _count(self, table: str) -> int:
        self._connection.execute(sql.SQL("analyze {}").format(sql.Identifier(table)))
        return int(self._connection.execute(COUNT_SQL, (table,)).fetchall()[0][0])

    def _write(self, chunks: Sequence[Chunk], connections: int) -> float:
        """Return rows a second over so many connections at once."""
        for table in TABLES:
            self._make_copy(table)
        self._connection.execute("checkpoint")
        writers = [_Writer(self._url, chunks[number::connections]) for number in range(connections)]
        before = time.monotonic()
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        seconds = time.monotonic() - before
        failures = [writer.failure for writer in writers if writer.failure]
        if failures:
            raise RuntimeError("the floor could not be measured") from failures[0]
        return sum(rows for _, rows in chunks) / seconds

    def _make_copy(self, table: str) -> None:
        names = {"copy": _copy_of(table), "table": sql.Identifier(table)}
        self._connection.execute(sql.SQL(MAKE_COPY_SQL).format(**names))
        options = self._connection.execute(COUNT_SQL, (table,)).fetchall()[0][1]
        for option in options or ():
            self._connection.execute(
                sql.SQL("alter table {} set ({})").format(_copy_of(table), sql.SQL(option))
            )


class _Writer(threading.Thread):
    """One connection that writes its chunks, each in a transaction of its own."""

    def __init__(self, url: str, chunks: Sequence[Chunk]) -> None:
        super().__init__()
        self._chunks = chunks
        self._connection = psycopg.connect(url, autocommit=True)
        self._statements = [self._prepare(table) for table in TABLES]
        self.failure: psycopg.Error | None = None

    def run(self) -> None:
        try:
            with self._connection:
                for datas, _ in self._chunks:
                    self._write(datas)
        except psycopg.Error as error:
            self.failure = error

    def _write(self, datas: tuple[bytes, ...]) -> None:
        with self._connection.transaction(), self._connection.cursor() as cursor:
            for (copy_into, insert), data in zip(self._statements, datas, strict=True):
                with cursor.copy(copy_into) as copy:
                    copy.write(data)
                cursor.execute(insert)

    def _prepare(self, table: str) -> tuple[sql.Composed, sql.Composed]:
        names = {
            "table": sql.Identifier(table),
            "copy": _copy_of(table),
            "stage": sql.Identifier(f"stage_{table}"),
        }
        self._connection.execute(sql.SQL(STAGE_SQL).format(**names))
        columns = [row[0] for row in self._connection.execute(COLUMNS_SQL, (table,)).fetchall()]
        assignments = sql.SQL(", ").join(
            sql.SQL("{0} = excluded.{0}").format(sql.Identifier(column))
            for column in columns
            if column not in {"project_id", "id"}
        )
        insert = sql.SQL(INSERT_SQL).format(**names, assignments=assignments)
        return sql.SQL(COPY_SQL).format(**names), insert


def _copy_of(table: str) -> sql.Identifier:
    return sql.Identifier(f"floor_{table}")
