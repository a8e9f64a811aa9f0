"""A project in, the environments and tags of its latest traces out: what people choose from when they type one."""

from dataclasses import dataclass

from django.db import connection

LATEST = 1_000
SHOWN = 50

RECENT_SQL = """
    with latest as materialized (
        select environment, tags from traces where project_id = %s order by timestamp desc limit %s
    )
    select
        array(select environment from latest group by environment order by count(*) desc, environment limit %s),
        array(select tag from latest, unnest(tags) as tag group by tag order by count(*) desc, tag limit %s)
"""


@dataclass(frozen=True, slots=True)
class Recent:
    """The most frequent ones first."""

    environments: list[str]
    tags: list[str]


def recent_names(project_id: str) -> Recent:
    with connection.cursor() as cursor:
        cursor.execute(RECENT_SQL, (project_id, LATEST, SHOWN, SHOWN))
        return Recent(*cursor.fetchone())
