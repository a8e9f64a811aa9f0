"""A project in, what its list of prompts can be narrowed to out: labels and tags, the most frequent first."""

from dataclasses import dataclass

from django.db import connection

MAX_OFFERED = 50

LABELS = """
select l.label, count(*)
  from prompt_labels as l
  join prompts as p on p.id = l.prompt_id
 where p.project_id = %s and l.label <> 'latest'
 group by 1
 order by 2 desc, 1
 limit %s
"""

TAGS = """
select t.tag, count(*)
  from prompts as p
 cross join unnest(p.tags) as t (tag)
 where p.project_id = %s
 group by 1
 order by 2 desc, 1
 limit %s
"""


@dataclass(frozen=True, slots=True)
class Facets:
    """Values, each with the number of prompts that have it."""

    labels: list[tuple[str, int]]
    tags: list[tuple[str, int]]


def list_facets(project_id: str) -> Facets:
    """Return the values of both; rarer ones can be typed all the same."""
    return Facets(_counted(LABELS, project_id), _counted(TAGS, project_id))


def _counted(statement: str, project_id: str) -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [project_id, MAX_OFFERED])
        rows: list[tuple[str, int]] = cursor.fetchall()
        return rows
