"""Numbers in, the buckets of a logarithmic histogram out: percentiles within 1 % of the true ones, of any union.

The database's functions `rollup_bucket`, `rollup_value` and `rollup_percentile` are the same in SQL. A sketch is two
arrays, buckets in order and how many values each holds. To merge sketches, add up the counts of equal buckets.
A percentile is the nearest rank, as of `percentile_disc`.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping

ACCURACY = 0.0099
"""A hair below 1 %, so that the rounding of a logarithm doesn't take an estimate beyond it."""
GAMMA = (1 + ACCURACY) / (1 - ACCURACY)
LOG_GAMMA = math.log(GAMMA)
ESTIMATE = 2 / (GAMMA + 1)
REACH = 16_383
"""Magnitudes from 1e-140 to 1e140 have buckets of their own."""
OFFSET = REACH + 1

FUNCTIONS_SQL = f"""
create function rollup_text(dimension text) returns text language sql immutable parallel safe as $$
    select case when octet_length(dimension) <= 200 or length(dimension) <= 200 then dimension
        else left(dimension, 200) || '…' || md5(dimension) end
$$;
create function rollup_bucket(number double precision) returns smallint language sql immutable parallel safe as $$
    select case
        when number > 0
            then (greatest(-{REACH}, least({REACH}, ceil(ln(number) / {LOG_GAMMA!r}))) + {OFFSET})::smallint
        when number < 0
            then -(greatest(-{REACH}, least({REACH}, ceil(ln(-number) / {LOG_GAMMA!r}))) + {OFFSET})::smallint
        when number = 0 then 0::smallint
    end
$$;
create function rollup_value(bucket smallint) returns double precision language sql immutable parallel safe as $$
    select case
        when bucket > 0 then {ESTIMATE!r} * exp((bucket - {OFFSET}) * {LOG_GAMMA!r}::double precision)
        when bucket < 0 then -{ESTIMATE!r} * exp((-bucket - {OFFSET}) * {LOG_GAMMA!r}::double precision)
        when bucket = 0 then 0
    end
$$;
create function rollup_percentile(buckets smallint[], counts bigint[], fraction double precision)
    returns double precision language sql immutable parallel safe as $$
    select rollup_value(bucket) from (
        select bucket, sum(number) over (order by bucket) as upto, sum(number) over () as total
        from (select bucket, sum(number) as number from unnest(buckets, counts) as u (bucket, number) group by bucket) m
    ) ranked
    where upto >= greatest(ceil(fraction * total::double precision), 1) order by bucket limit 1
$$
"""  # noqa: S608 - constants only
DROP_SQL = """
drop function rollup_percentile(smallint[], bigint[], double precision);
drop function rollup_value(smallint);
drop function rollup_bucket(double precision);
drop function rollup_text(text)
"""


def bucket_of(number: float) -> int:
    """Return the bucket of a number; it may be infinite, but not NaN."""
    if number == 0:
        return 0
    magnitude = math.log(abs(number)) / LOG_GAMMA
    index = REACH if magnitude > REACH else max(-REACH, math.ceil(magnitude))
    return index + OFFSET if number > 0 else -(index + OFFSET)


def value_of(bucket: int) -> float:
    """Return a number within 1 % of all that the bucket holds."""
    if bucket == 0:
        return 0.0
    value = ESTIMATE * math.exp((abs(bucket) - OFFSET) * LOG_GAMMA)
    return value if bucket > 0 else -value


def sketch_of(numbers: Iterable[float]) -> dict[int, int]:
    """Return how many of the numbers are in each bucket, in the order of the buckets."""
    counts = Counter(map(bucket_of, numbers))
    return {bucket: counts[bucket] for bucket in sorted(counts)}


def percentile(sketch: Mapping[int, int], fraction: float) -> float | None:
    """Return an estimate of the number that `fraction` of all are not above; None of no numbers."""
    rank = max(math.ceil(fraction * sum(sketch.values())), 1)
    for bucket in sorted(sketch):
        rank -= sketch[bucket]
        if rank <= 0:
            return value_of(bucket)
    return None
