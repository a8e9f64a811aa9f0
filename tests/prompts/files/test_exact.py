"""YAML and JSON of files: every JSON value comes back as it was, and what is none is told with its line."""

import json
from types import ModuleType
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from prompts.files import exact_json, exact_yaml
from prompts.files.values import Budget, NotJson

FORMATS = (exact_yaml, exact_json)
ODD = "\n\t\r :#-?|>'\"%@`&*!{}[],~<=\\\x85\u2028\ufeff\xa0\u200b\u3000日ß😀yn01.eE+"
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
TEXTS = st.text(st.sampled_from(ODD) | CHARACTERS, max_size=40) | st.sampled_from(
    ["null", "Yes", "1e3", "010", "1:30", ".5", "0x1f", "2026-01-01", "<<", "=", "---", "...", "k" * 1100]
)
NUMBERS = st.integers() | st.floats(-1e15, 1e15, allow_subnormal=False).map(lambda number: number + 0.0)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=5))
@example({"a": " \n\n  x\n ", "b": "\n\nx\n\n\n", "c": ["\tx\n", {"d": "x\n\n"}], "e": "x"})
def test_values_come_back(value: dict[str, Any]) -> None:
    for format in FORMATS:
        text = format.dump(value)
        assert _exactly(format.load(text, Budget())) == _exactly(value), text
    if not any(odd in json.dumps(value, ensure_ascii=False) for odd in ("\x85", "=")):
        assert _exactly(yaml.safe_load(exact_yaml.dump(value))) == _exactly(value)


def _exactly(value: Any) -> str:
    """Return a text that tells 1 from 1.0 and from true."""
    return json.dumps(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("country: NO", {"country": "NO"}),
        ("a: 010\nb: 1:30\nc: 2026-01-01\nd: on", {"a": "010", "b": "1:30", "c": "2026-01-01", "d": "on"}),
        (
            "a: True\nb: ~\nc:\nd: -1.5e3\ne: 1e22",
            {"a": True, "b": None, "c": None, "d": -1500.0, "e": 10**22},
        ),
        ("a: 'true'\nb: !!str 1\nc: \"~\"", {"a": "true", "b": "1", "c": "~"}),
        ("a: >\n  folded\n  text\nb: plain\n  over lines", {"a": "folded text\n", "b": "plain over lines"}),
    ],
)
def test_what_people_write(text: str, value: Any) -> None:
    assert _exactly(exact_yaml.load(text, Budget())) == _exactly(value)


def test_texts_stand_as_they_are() -> None:
    assert exact_yaml.dump(
        {"prompt": "One  \n\tTwo\n\nThree", "model": "gpt-4o", "tags": ["a b", "c: d"]}
    ) == ('prompt: |-\n  One  \n  \tTwo\n\n  Three\nmodel: gpt-4o\ntags:\n  - a b\n  - "c: d"\n')


@pytest.mark.parametrize(
    ("format", "text", "line", "told"),
    [
        (exact_yaml, "a: 1\nb: 'x\n", 2, "no YAML"),
        (exact_yaml, "a: 1\n b: 2", 2, "mapping values"),
        (exact_yaml, "ß: 1\nb: \x01", 2, "control characters"),
        (exact_yaml, "a: 1\na: 2", 2, "twice"),
        (exact_yaml, "a: 1\nb: .inf", 2, "JSON has no .inf"),
        (exact_yaml, "a: 1\nb: 1e400", 2, "no number that can be stored"),
        (exact_yaml, "a: 1\nb: !!binary eA==", 2, "binary"),
        (exact_yaml, "a: !!python/name:os.system x", 1, "python"),
        (exact_yaml, "a: &x 1\nb: *x", 1, "Anchors"),
        (exact_yaml, "a: 1\n<<: {b: 1}", 2, "Merged"),
        (exact_yaml, "? [a]\n: 1", 1, "key must be a text"),
        (exact_yaml, "a: 1\n---\nb: 1", 2, "more than one document"),
        (exact_yaml, "# nothing", 1, "empty"),
        (exact_yaml, 'a: "\\0"', 1, "NUL"),
        (exact_json, '{"a": 1,\n"b": }', 2, "expected a value"),
        (exact_json, '{"a": 1,\n}', 2, "expected a key"),
        (exact_json, '{"a": 1\n"b": 2}', 2, "expected a comma"),
        (exact_json, '{"a": 1,\n"a": 2}', 2, "twice"),
        (exact_json, '{"a": [1,\nNaN]}', 2, "expected a value"),
        (exact_json, '{"a":\n1e400}', 2, "no number"),
        (exact_json, '{"a": "x\ny"}', 1, "control character"),
        (exact_json, '{\n"a": "\\ud800"}', 2, "half a character"),
        (exact_json, '{"a":\n01}', 2, "expected a comma"),
        (exact_json, "{}\n{}", 2, "more than one value"),
        (exact_json, " \n", 1, "empty"),
    ],
)  # fmt: skip
def test_what_is_no_json(format: ModuleType, text: str, line: int, told: str) -> None:
    with pytest.raises(NotJson, match=told) as caught:
        format.load(text, Budget())
    assert caught.value.line == line


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("text", ["[" * 300_000, '{"a":' * 300_000, "[" * 300 + "]" * 300])
def test_depth_is_bounded(format: ModuleType, text: str) -> None:
    with pytest.raises(NotJson, match="Nested deeper"):
        format.load(text, Budget())


def test_the_number_of_values_is_bounded() -> None:
    for format in FORMATS:
        with pytest.raises(NotJson, match="too many values"):
            format.load("[1, 2, 3, 4]", Budget(values=4))


@pytest.mark.parametrize(
    ("format", "text"),
    [
        (exact_yaml, "name: x\nversions:\n  - a: 1\n    b: 2\n  -\n    b: 3\n"),
        (exact_json, '{"name": "x",\n"versions":\n [{"a": 1,\n  "b": 2},\n  {\n   "b": 3}]\n}'),
    ],
)
def test_lines_are_found(format: ModuleType, text: str) -> None:
    line_of = format.locate(text)
    assert [line_of(path) for path in (["name"], ["versions"], ["versions", 0, "b"])] == [1, 2, 4]
    assert line_of(["versions", 1, "b"]) == 6
    assert line_of(["versions", 0, "missing"]) == 3 and line_of(["missing"]) == 1
