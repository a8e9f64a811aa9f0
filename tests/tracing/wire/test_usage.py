"""Usage and cost objects of events: the tables of the API's contract."""

import msgspec
import pytest
from msgspec import Raw

from tracing.wire.usage import MAX_UNITS, Usage, provided_cost, provided_usage


def usage_of(text: str) -> Usage:
    return msgspec.json.decode(text, type=Usage)


def details_of(text: str) -> dict[str, Raw]:
    return msgspec.json.decode(text, type=dict[str, Raw])


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ("{}", {}),
        ('{"input":1,"output":2,"unit":"TOKENS"}', {"input": 1, "output": 2, "total": 3}),
        ('{"input":1,"output":2,"total":9}', {"input": 1, "output": 2, "total": 9}),
        ('{"input":4}', {"input": 4, "total": 4}),
        ('{"output":0}', {"output": 0, "total": 0}),
        ('{"input":1.0,"output":2e1}', {"input": 1, "output": 20, "total": 21}),
        ('{"promptTokens":3,"completionTokens":4,"totalTokens":8}', {"input": 3, "output": 4, "total": 8}),
        ('{"input":1,"output":2,"promptTokens":null}', {}),
        ('{"total":5}', {"total": 5}),
    ],
)
def test_older_usage(usage: str, expected: dict[str, int]) -> None:
    assert provided_usage(usage_of(usage), None) == expected


@pytest.mark.parametrize(
    "usage",
    [
        '{"input":1.5}',
        '{"input":"1"}',
        '{"input":true}',
        '{"unit":"APPLES"}',
        '{"input":1e400}',
        f'{{"input":{MAX_UNITS + 1}}}',
        '{"promptTokens":0.5}',
        f'{{"total":{"9" * 5000}}}',
        '{"inputCost":"0.1"}',
        '{"totalCost":1e99}',
        '{"outputCost":[]}',
    ],
)
def test_older_usage_is_refused(usage: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        usage_of(usage)


OPENAI = '{"prompt_tokens":10,"completion_tokens":7,"total_tokens":17'


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        (OPENAI + "}", {"input": 10, "output": 7, "total": 17}),
        (
            OPENAI + ',"prompt_tokens_details":{"cached":4,"audio":null},"completion_tokens_details":null}',
            {"input": 6, "output": 7, "total": 17, "input_cached": 4},
        ),
        (
            OPENAI + ',"completion_tokens_details":{"reasoning":9}}',
            {"input": 10, "output": 0, "total": 17, "output_reasoning": 9},
        ),
        (
            '{"input_tokens":5,"output_tokens":1,"total_tokens":6,"input_tokens_details":{"cached_tokens":2}}',
            {"input": 3, "output": 1, "total": 6, "input_cached_tokens": 2},
        ),
        (
            OPENAI + ',"more":1,"prompt_tokens_details":{"cached":4}}',
            {"prompt_tokens": 10, "completion_tokens": 7, "total_tokens": 17, "more": 1},
        ),
        (
            OPENAI + ',"prompt_tokens_details":{"cached":-1}}',
            {"prompt_tokens": 10, "completion_tokens": 7, "total_tokens": 17},
        ),
        ('{"a":1,"b":-1,"c":1.5,"d":null,"e":{"f":1},"g":2.0,"h":[1],"i":true}', {"a": 1, "g": 2}),
        ('{"a":"12","b":" 7x","c":"-3","d":"x1","e":"","f":"1.9"}', {"a": 12, "b": 7, "f": 1}),
        (f'{{"a":{10**30},"b":1e400,"c":"{"9" * 300}","d":{"1" * 5000}}}', {}),
        ("{}", {}),
    ],
)
def test_usage_details(details: str, expected: dict[str, int]) -> None:
    assert provided_usage(None, details_of(details)) == expected


def test_details_override_and_leave_the_total_alone() -> None:
    usage = usage_of('{"input":1,"output":2}')
    assert provided_usage(usage, details_of('{"output":5,"cache":1}')) == {
        "input": 1,
        "output": 5,
        "cache": 1,
    }
    assert provided_usage(usage, details_of('{"x":-1}')) == {"input": 1, "output": 2, "total": 3}


@pytest.mark.parametrize(
    ("usage", "details", "expected"),
    [
        ('{"inputCost":0.1,"totalCost":1e-7}', "{}", {"input": "0.1", "total": "0.0000001"}),
        ('{"inputCost":0.1,"outputCost":null}', '{"input":2,"x":0}', {"input": "2", "x": "0"}),
        ('{"inputCost":0.1,"promptTokens":1}', "{}", {}),
        (
            "{}",
            '{"a":-1,"b":"2","c":null,"d":1e99,"e":0.12345678901234567890123}',
            {"e": "0.12345678901234567890123"},
        ),
        ("{}", f'{{"a":1e-400,"b":{"1" * 5000},"c":120}}', {"a": "0", "c": "120"}),
    ],
)
def test_costs(usage: str, details: str, expected: dict[str, str]) -> None:
    assert provided_cost(usage_of(usage), details_of(details)) == expected
