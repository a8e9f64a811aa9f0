"""Versions of prompts in, what their generations took out (settings.USAGE)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from prompts.usage import Generations, LinkedGeneration

GENERATIONS = """
select prompt_id,
       count(*),
       percentile_cont(0.5) within group (order by extract(epoch from end_time - start_time))
           filter (where end_time >= start_time),
       sum(input_tokens)::bigint,
       sum(output_tokens)::bigint,
       coalesce(sum(total_cost), 0),
       max(start_time)
  from observations
 where project_id = %s and start_time >= %s and prompt_id = any(%s)
 group by prompt_id
"""

# The latest of each version by the index, then the latest of these: not all of all versions, sorted.
LATEST = """
select latest.*
  from unnest(%(version_ids)s::text[]) as v (id)
 cross join lateral (
        select prompt_id,
               coalesce(long_ids ->> 'trace_id', trace_id),
               coalesce(long_ids ->> 'id', id) as id,
               name,
               model,
               level,
               start_time,
               case when end_time >= start_time then end_time - start_time end,
               input_tokens,
               output_tokens,
               total_cost
          from observations
         where project_id = %(project_id)s and start_time >= %(since)s and prompt_id = v.id
         order by start_time desc
         limit %(limit)s
       ) as latest
 order by latest.start_time desc, latest.id desc
 limit %(limit)s
"""


def generations_of_versions(
    project_id: str, version_ids: Sequence[str], *, since: datetime
) -> dict[str, Generations]:
    """Return, by version id, what its generations took; reads the project's observations since then, by time."""
    with connection.cursor() as cursor:
        cursor.execute(GENERATIONS, [project_id, since, list(version_ids)])
        return {version_id: Generations(*figures) for version_id, *figures in cursor.fetchall()}


def latest_of_versions(
    project_id: str, version_ids: Sequence[str], *, since: datetime, limit: int
) -> list[LinkedGeneration]:
    """Return the latest generations that were made with one of the versions."""
    with connection.cursor() as cursor:
        ids = list(version_ids)
        cursor.execute(LATEST, {"project_id": project_id, "version_ids": ids, "since": since, "limit": limit})
        return [LinkedGeneration(*row) for row in cursor.fetchall()]
