"""Versions of prompts in, the scores of their generations out (settings.USAGE)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from prompts.usage import ScoreAverage

SCORES = """
select o.prompt_id,
       left(s.name, 200),
       count(*),
       avg(s.value) filter (where s.data_type in ('NUMERIC', 'BOOLEAN'))
  from observations as o
  join scores as s
    on s.project_id = o.project_id and s.trace_id = o.trace_id and s.observation_id = o.id
 where o.project_id = %s and s.project_id = %s and o.start_time >= %s and o.prompt_id = any(%s)
 group by 1, 2
 order by 1, 2
"""


def scores_of_versions(
    project_id: str, version_ids: Sequence[str], *, since: datetime
) -> dict[str, list[ScoreAverage]]:
    """Return, by version id, the scores of its generations by name; scores of whole traces don't count."""
    found: dict[str, list[ScoreAverage]] = {}
    with connection.cursor() as cursor:
        cursor.execute(SCORES, [project_id, project_id, since, list(version_ids)])
        for version_id, name, count, average in cursor.fetchall():
            found.setdefault(version_id, []).append(ScoreAverage(name, count, average))
    return found
