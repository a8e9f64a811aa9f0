"""What psycopg connects with in, a connection whose server notices a dead client while a statement runs out.

Left to itself, PostgreSQL learns of a killed client only when it sends a result: a session that waits for a
lock keeps the locks it has, a worker's claim among them, for as long as that takes.
"""

from typing import Any, Self

import psycopg

NOTICE_SQL = "set client_connection_check_interval = '2s'"
"""Said by a statement: what a connection starts with, poolers in between refuse if they don't know it."""


class WatchedConnection(psycopg.Connection[Any]):
    @classmethod
    def connect(cls, conninfo: str = "", **options: Any) -> Self:
        connection = super().connect(conninfo, **options)
        connection.execute(NOTICE_SQL)
        connection.commit()
        return connection
