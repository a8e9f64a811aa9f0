"""The statements that aggregate rows into rollups, for many slices (or hours) of one project at once.

Each reads the parameters `project_id`, `level`, `starts` (timestamps) and `width` (an interval).
"""

from analytics.rollups.tables import OBSERVATIONS, SCORES, TRACES, USAGE, RollupTable

LATENCY_US = "round(date_part('epoch', end_time - start_time) * 1000000)::bigint"
TTFT_US = "round(date_part('epoch', completion_start_time - start_time) * 1000000)::bigint"
STREAMING_US = "round(date_part('epoch', end_time - completion_start_time) * 1000000)::bigint"
TRACE_LATENCY_US = "case when observation_count > 0 then round(latency * 1000000)::bigint end"
"""Whole microseconds, so that their sum does not depend on the order."""

PROMPT_NAME = "case when prompt_id is not null then prompt_name end"
PROMPT_VERSION = "case when prompt_id is not null then prompt_version end"
SCORE_TEXT = "case when data_type in ('CATEGORICAL', 'BOOLEAN') then string_value end"


def _sketch(stem: str) -> str:
    """Return what makes two arrays of the group's list of buckets."""
    return f"""
    cross join lateral (
        select coalesce(array_agg(bucket order by bucket), '{{}}') as {stem}_buckets,
            coalesce(array_agg(number order by bucket), '{{}}') as {stem}_counts
        from (select bucket, count(*) as number from unnest({stem}_list) as u (bucket) group by bucket) b
    ) {stem}_sketch"""  # noqa: S608 - constants only


def _duration(stem: str) -> str:
    return f"""
            count({stem}_us) as {stem}_count, sum({stem}_us) * 0.001 as {stem}_sum,
            min({stem}_us) * 0.001 as {stem}_min, max({stem}_us) * 0.001 as {stem}_max"""


def _list(stem: str, number: str) -> str:
    return f"array_agg(rollup_bucket({number})) filter (where {number} is not null) as {stem}_list"


def _insert(table: RollupTable, source: str) -> str:
    """Return the statement that writes the groups of `source`, which end with a CTE `groups`.

    In the order of the key, so that who reads an hour finds its rows beside each other.
    """
    dimensions = ", ".join(table.dimensions)
    columns = ", ".join(table.columns)
    return f"""
    insert into {table.name} (project_id, level, start, {columns})
    with {source}, keyed as (
        select *, md5(row({dimensions})::text)::uuid as key from groups
    )
    select %(project_id)s, %(level)s, start, {columns} from keyed
    {"".join(_sketch(stem) for stem in table.sketches)}
    order by start, key
    """  # noqa: S608 - constants only


# Lateral and with an offset: each piece of time is one scan of the index, whatever the planner thinks of it.
OBSERVATIONS_SQL = _insert(
    OBSERVATIONS,
    f"""
    rows as materialized (
        select piece.start, o.*
        from unnest(%(starts)s::timestamptz[]) as piece (start)
        cross join lateral (
            select trace_id, environment, type, level as observation_level, name, model,
                {PROMPT_NAME} as prompt_name, {PROMPT_VERSION} as prompt_version,
                input_tokens, output_tokens, total_tokens, input_cost, output_cost, total_cost,
                {LATENCY_US} as latency_us, {TTFT_US} as ttft_us, {STREAMING_US} as streaming_us
            from observations
            where project_id = %(project_id)s
                and start_time >= piece.start and start_time < piece.start + %(width)s::interval
            offset 0
        ) o
    ), names as (
        select t.* from (select distinct trace_id from rows) named
        cross join lateral (
            select id, name as trace_name from traces where project_id = %(project_id)s and id = named.trace_id offset 0
        ) t
    ), measured as (
        select start, environment, type, observation_level, name, trace_name, model, prompt_name, prompt_version,
            input_tokens, output_tokens, total_tokens, input_cost, output_cost, total_cost,
            latency_us, ttft_us, streaming_us,
            latency_us / 1000.0::double precision as latency_ms, ttft_us / 1000.0::double precision as ttft_ms
        from rows left join names on names.id = rows.trace_id
        offset 0
    ), raw as (
        select start, environment, type, observation_level, name, trace_name, model, prompt_name, prompt_version,
            count(*) as count,
            sum(input_tokens) as input_tokens, sum(output_tokens) as output_tokens, sum(total_tokens) as total_tokens,
            sum(input_cost) as input_cost, sum(output_cost) as output_cost, sum(total_cost) as total_cost,
            {_duration("latency")}, {_duration("ttft")}, {_duration("streaming")},
            sum(output_tokens) filter (where streaming_us is not null) as streaming_tokens,
            {_list("latency", "latency_ms")}, {_list("ttft", "ttft_ms")}
        from measured group by 1, 2, 3, 4, 5, 6, 7, 8, 9
    ), groups as (
        select start, rollup_text(environment) as environment, type, observation_level, rollup_text(name) as name,
            rollup_text(trace_name) as trace_name, rollup_text(model) as model,
            rollup_text(prompt_name) as prompt_name, prompt_version,
            count, input_tokens, output_tokens, total_tokens, input_cost, output_cost, total_cost,
            latency_count, latency_sum, latency_min, latency_max, latency_list,
            ttft_count, ttft_sum, ttft_min, ttft_max, ttft_list,
            streaming_count, streaming_sum, streaming_min, streaming_max, streaming_tokens
        from raw
    )""",  # noqa: S608 - constants only
)

USAGE_SQL = _insert(
    USAGE,
    """
    rows as (
        select piece.start, o.*
        from unnest(%(starts)s::timestamptz[]) as piece (start)
        cross join lateral (
            select environment, model, usage_details, cost_details
            from observations
            where project_id = %(project_id)s
                and start_time >= piece.start and start_time < piece.start + %(width)s::interval
                and (usage_details <> '{}' or cost_details <> '{}')
            offset 0
        ) o
    ), parts as (
        select start, environment, model, usage_details, cost_details,
            jsonb_object_keys(cost_details || usage_details) as usage_key
        from rows
    ), groups as (
        select start, rollup_text(environment) as environment, rollup_text(model) as model,
            rollup_text(usage_key) as usage_key, count(*) as count,
            sum((usage_details -> usage_key)::numeric) as units, sum((cost_details -> usage_key)::numeric) as cost
        from parts group by start, environment, model, parts.usage_key
    )""",  # noqa: S608 - constants only
)

TRACES_SQL = _insert(
    TRACES,
    f"""
    rows as (
        select piece.start, t.*, latency_us / 1000.0::double precision as latency_ms
        from unnest(%(starts)s::timestamptz[]) as piece (start)
        cross join lateral (
            select environment, name, user_id, tags, error_count, observation_count,
                input_tokens, output_tokens, total_tokens, input_cost, output_cost, total_cost,
                {TRACE_LATENCY_US} as latency_us
            from traces
            where project_id = %(project_id)s
                and timestamp >= piece.start and timestamp < piece.start + %(width)s::interval
            offset 0
        ) t
    ), faceted as (
        select rows.*, facet, value from rows cross join lateral (
            select 'name' as facet, name as value
            union all select 'user', user_id
            union all select distinct 'tag', tag from unnest(tags) as u (tag)
        ) facets
        offset 0
    ), raw as (
        select start, environment, facet, value, count(*) as count,
            count(*) filter (where error_count > 0) as error_traces, sum(observation_count) as observation_count,
            sum(input_tokens) as input_tokens, sum(output_tokens) as output_tokens, sum(total_tokens) as total_tokens,
            sum(input_cost) as input_cost, sum(output_cost) as output_cost, sum(total_cost) as total_cost,
            {_duration("latency")}, {_list("latency", "latency_ms")}
        from faceted group by 1, 2, 3, 4
    ), groups as (
        select start, rollup_text(environment) as environment, facet, rollup_text(value) as value,
            count, error_traces, observation_count,
            input_tokens, output_tokens, total_tokens, input_cost, output_cost, total_cost,
            latency_count, latency_sum, latency_min, latency_max, latency_list
        from raw
    )""",  # noqa: S608 - constants only
)

SCORES_SQL = _insert(
    SCORES,
    f"""
    rows as (
        select piece.start, s.*
        from unnest(%(starts)s::timestamptz[]) as piece (start)
        cross join lateral (
            select environment, name, source, data_type, {SCORE_TEXT} as string_value, value
            from scores
            where project_id = %(project_id)s
                and timestamp >= piece.start and timestamp < piece.start + %(width)s::interval
            offset 0
        ) s
    ), raw as (
        select start, environment, name, source, data_type, string_value, count(*) as count,
            count(value) as value_count, sum(value::numeric) as value_sum,
            min(value) as value_min, max(value) as value_max, {_list("value", "value")}
        from rows group by 1, 2, 3, 4, 5, 6
    ), groups as (
        select start, rollup_text(environment) as environment, rollup_text(name) as name, source, data_type,
            rollup_text(string_value) as string_value,
            count, value_count, value_sum, value_min, value_max, value_list
        from raw
    )""",  # noqa: S608 - constants only
)

FROM_ROWS_SQL = {OBSERVATIONS: OBSERVATIONS_SQL, USAGE: USAGE_SQL, TRACES: TRACES_SQL, SCORES: SCORES_SQL}
