"""The number of traces and an end in, their rows of the 30 days before it out, made within the database.

Everything follows from a trace's number, so that each run has the same variety: few environments, dozens of names,
ten models, a thousand users, tags, versions of prompts, errors and warnings. A trace is a root, a retrieval and two
generations; each third has a score.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import psycopg

DAYS = timedelta(days=30)
OBSERVATIONS_OF_A_TRACE = 4
SCORED_OF = 3
PART_TRACES = 10_000
CONNECTIONS = 2


def _draw(seed: int) -> str:
    """Return SQL of a number from 0 to below 1 that follows from `n`."""
    return f"((hashint8extended(n, {seed}) & 1048575) / 1048576.0::double precision)"


def _of(words: str, number: str) -> str:
    """Return SQL of the element that a number from 0 on means."""
    return f"('{{{words}}}'::text[])[1 + {number}]"


MODELS = (
    "gpt-4o,gpt-4o-mini,gpt-4.1,gpt-4.1-mini,o3-mini,"
    "claude-3-5-sonnet,claude-3-5-haiku,gemini-1.5-pro,gemini-1.5-flash,mistral-large"
)
INPUT_PRICES = "{2.5,0.15,2,0.4,1.1,3,0.8,1.25,0.075,2}"
"""USD per million tokens, by model; those of the output are four times as high."""
AREAS = "answer,summarize,draft,plan,review,translate,classify,extract,search"
THINGS = "question,ticket,contract,trip"

# Days have busy and quiet hours. Large shares of n are for a few names, models and users, as squares make it.
FACTS_SQL = f"""
    facts as (
        select *, input_1 * price_1 as cost_in_1, output_1 * price_1 * 4 as cost_out_1,
            input_2 * price_2 as cost_in_2, output_2 * price_2 * 4 as cost_out_2,
            at + seconds_0 * interval '1 second' as at_1,
            at + (seconds_0 + seconds_1) * interval '1 second' as at_2,
            seconds_0 + seconds_1 + seconds_2 + 0.02 as seconds
        from (
            select *, {_of(MODELS, "model_1")} as name_1, {_of(MODELS, "model_2")} as name_2,
                ('{INPUT_PRICES}'::numeric[])[1 + model_1] / 1000000 as price_1,
                ('{INPUT_PRICES}'::numeric[])[1 + model_2] / 1000000 as price_2,
                (0.2 - 0.4 * ln(1 - {_draw(11)})) * (1 + model_1 %% 3) as seconds_1,
                (0.4 - 1.2 * ln(1 - {_draw(12)})) * (1 + model_2 %% 3) as seconds_2
            from (
                select n, md5('trace ' || n)::uuid::text as trace_id,
                    %(end)s::timestamptz - interval '30 days' * (
                        1 - (share + 0.12 * sin(188.49555921538757 * share) / 188.49555921538757)
                    ) as at,
                    {_of(AREAS, "kind / 4")} || '-' || {_of(THINGS, "kind %% 4")} as name, kind,
                    {_of("production,staging,development", f"floor(3 * {_draw(2)} ^ 3)::int")} as environment,
                    'user-' || floor(1000 * {_draw(3)} ^ 1.5)::int as user_id,
                    array[{_of("web,mobile,api", f"floor(3 * {_draw(4)})::int")},
                        {_of("free,team,enterprise", f"floor(3 * {_draw(5)})::int")}] as tags,
                    (kind + floor(3 * {_draw(6)} ^ 2)::int) %% 10 as model_1,
                    (kind * 3 + floor(3 * {_draw(7)} ^ 2)::int) %% 10 as model_2,
                    (200 + 3000 * {_draw(8)} ^ 2)::int as input_1, (10 + 90 * {_draw(9)})::int as output_1,
                    (500 + 7000 * {_draw(10)} ^ 2)::int as input_2, (50 + 900 * {_draw(13)} ^ 2)::int as output_2,
                    0.05 - 0.1 * ln(1 - {_draw(14)}) as seconds_0,
                    {_draw(15)} < 0.02 as fails, {_draw(16)} < 0.03 as warns,
                    1 + floor(share * 30 / 7)::int - ({_draw(17)} < 0.2)::int as prompt_version
                from (
                    select n, n / %(traces)s::double precision as share, floor(36 * {_draw(1)} ^ 2)::int as kind
                    from generate_series(%(first)s::bigint, %(last)s::bigint) as numbers (n)
                    offset 0
                ) numbered
                offset 0
            ) drawn
            offset 0
        ) named
        offset 0
    )
"""

TRACES_SQL = f"""
    insert into traces (
        project_id, id, created_at, updated_at, clocks, timestamp, name, user_id, environment, public, bookmarked,
        tags, metadata, release, input, output, input_form, output_form,
        observation_count, debug_count, default_count, warning_count, error_count,
        first_start, last_start, last_end, latency,
        input_tokens, output_tokens, total_tokens, input_cost, output_cost, total_cost
    )
    with {FACTS_SQL}
    select %(project_id)s, trace_id, at, at, '\\x01', at, name, user_id, environment, false, false,
        tags, jsonb_build_object('tenant', n %% 40), '2026.' || prompt_version,
        repeat('What does the contract say of ' || n || '? ', 6), repeat('It says that ' || n || ' is due. ', 8), 0, 0,
        4, 0, 4 - warns::int - fails::int, warns::int, fails::int,
        at, at_2, at + seconds * interval '1 second', seconds,
        input_1 + input_2, output_1 + output_2, input_1 + output_1 + input_2 + output_2,
        cost_in_1 + cost_in_2, cost_out_1 + cost_out_2, cost_in_1 + cost_out_1 + cost_in_2 + cost_out_2
    from facts
"""
OBSERVATIONS_SQL = f"""
    insert into observations (
        project_id, id, created_at, updated_at, clocks, trace_id, parent_observation_id, environment, metadata,
        input, output, input_form, output_form, usage_estimated, is_app_root,
        type, name, level, status_message, start_time, end_time, completion_start_time, model,
        input_tokens, output_tokens, total_tokens, input_cost, output_cost, total_cost, usage_details, cost_details,
        prompt_name, prompt_version, prompt_id
    )
    with {FACTS_SQL}
    select %(project_id)s, md5(step.number || ' of ' || n)::uuid::text, at, at, '\\x01', trace_id,
        case when step.number > 0 then md5('0 of ' || n)::uuid::text end, environment,
        jsonb_build_object('worker', n %% 8),
        repeat('Step ' || step.number || ' of trace ' || n || '. ', 10), repeat('Done with ' || n || '. ', 12), 0, 0,
        false, false,
        step.type, step.name, step.level, step.message,
        step.start_time, step.start_time + step.seconds * interval '1 second',
        step.start_time + step.first_token * interval '1 second', step.model,
        coalesce(step.input, 0), coalesce(step.output, 0), coalesce(step.input + step.output, 0),
        step.cost_in, step.cost_out, step.cost_in + step.cost_out,
        case when step.input is null then '{{}}'
            else jsonb_build_object('input', step.input, 'output', step.output, 'total', step.input + step.output) end,
        case when step.input is null then '{{}}' else jsonb_build_object(
            'input', step.cost_in, 'output', step.cost_out, 'total', step.cost_in + step.cost_out) end,
        case when step.prompt then 'prompt-' || kind %% 12 end, case when step.prompt then prompt_version end,
        case when step.prompt then md5('prompt ' || kind %% 12 || ' ' || prompt_version)::uuid::text end
    from facts cross join lateral (values
        (0, 'SPAN', name, 'DEFAULT', null, at, seconds, null, null, null, null, null, null, false),
        (1, 'RETRIEVER', 'retrieval', case when warns then 'WARNING' else 'DEFAULT' end, null, at, seconds_0,
            null, null, null, null, null, null, false),
        (2, 'GENERATION', 'route', 'DEFAULT', null, at_1, seconds_1, seconds_1 * 0.4,
            name_1, input_1, output_1, cost_in_1, cost_out_1, false),
        (3, 'GENERATION', 'answer', case when fails then 'ERROR' else 'DEFAULT' end,
            case when fails then 'the provider is overloaded' end, at_2, seconds_2, seconds_2 * 0.3,
            name_2, input_2, output_2, cost_in_2, cost_out_2, prompt_version > 0)
    ) as step (number, type, name, level, message, start_time, seconds, first_token,
        model, input, output, cost_in, cost_out, prompt)
"""
SCORES_SQL = f"""
    insert into scores (
        project_id, id, created_at, updated_at, clocks, timestamp, name, value, string_value, long_string_value,
        data_type, source, metadata, trace_id, environment
    )
    with {FACTS_SQL}
    select %(project_id)s, md5('score ' || n)::uuid::text, at, at, '\\x01', at + interval '30 seconds',
        {_of("helpfulness,correct,tone", "which")},
        case which when 0 then round({_draw(18)}::numeric, 3) when 1 then ({_draw(18)} < 0.8)::int
            else floor(3 * {_draw(18)}) end,
        case which when 1 then case when {_draw(18)} < 0.8 then 'True' else 'False' end
            when 2 then {_of("plain,formal,friendly", f"floor(3 * {_draw(18)})::int")} end,
        '', {_of("NUMERIC,BOOLEAN,CATEGORICAL", "which")}, {_of("EVAL,API,ANNOTATION", "which")}, '{{}}',
        trace_id, environment
    from (select *, (n / {SCORED_OF} %% 3)::int as which from facts where n %% {SCORED_OF} = 0) f
"""
INSERTS = {"traces": TRACES_SQL, "observations": OBSERVATIONS_SQL, "scores": SCORES_SQL}
TABLES = (
    *INSERTS,
    *("rollup_observations", "rollup_usage", "rollup_traces", "rollup_scores"),
    *("rollup_observation_facets", "rollup_trace_facets"),
)


def parts(project_id: str, *, traces: int, end: datetime) -> Iterator[dict[str, Any]]:
    """Yield the parameters of the inserts, some thousand traces each, the last one before `end`."""
    for first in range(0, traces, PART_TRACES):
        last = min(first + PART_TRACES, traces) - 1
        yield {"project_id": project_id, "traces": traces, "end": end, "first": first, "last": last}


def load(database_url: str, project_id: str, *, traces: int, end: datetime) -> None:
    """Insert all rows, over two connections; without marks, as if nobody had counted them yet."""

    def insert(part: dict[str, Any]) -> None:
        with psycopg.connect(database_url) as connection:
            for statement in INSERTS.values():
                connection.execute(statement, part)

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for _ in pool.map(insert, parts(project_id, traces=traces, end=end)):
            pass


def vacuum(database_url: str) -> None:
    """Do what autovacuum would within minutes, so that every run is measured in one state."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        for table in TABLES:
            connection.execute(f"vacuum (analyze) {table}")
