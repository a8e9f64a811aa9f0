"""Numbers that JavaScript can't hold, and what surrounds them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracing.api.payloads import quote_unsafe_numbers

SAFE_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("9007199254740991", "9007199254740991"),
        ("-9007199254740992", '"-9007199254740992"'),
        ("1" * 5000, '"' + "1" * 5000 + '"'),
        ("0.1", "0.1"),
        ("0.10000", "0.10000"),
        ("1e400", '"1e400"'),
        ("-1E-400", '"-1E-400"'),
        ("1e21", "1e21"),
        ("0.30000000000000004", "0.30000000000000004"),
        ("0.300000000000000041", '"0.300000000000000041"'),
        ("-0.0", "-0.0"),
        (r'{"a\"1e400": "\\", "b": [1e400]}', r'{"a\"1e400": "\\", "b": ["1e400"]}'),
        ("[" * 5000 + "1e400" + "]" * 5000, "[" * 5000 + '"1e400"' + "]" * 5000),
    ],
)
def test_unsafe_numbers_become_strings(text: str, shown: str) -> None:
    assert quote_unsafe_numbers(text) == shown


@given(SAFE_VALUES)
def test_all_else_stays_as_it_is(value: object) -> None:
    text = json.dumps(value, ensure_ascii=False)
    assert quote_unsafe_numbers(text) == text
