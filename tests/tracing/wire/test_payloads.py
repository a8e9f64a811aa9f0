"""Inputs, outputs and metadata as they are stored."""

import json

import pytest
from django.db import connection
from msgspec import Raw

from langfuse_site.lib.exact_json import exact_loads
from tracing.wire.payloads import CAREFUL, JSON, TEXT, metadata_of, payload_of


@pytest.mark.parametrize(
    ("raw", "text", "form"),
    [
        ('"hello"', "hello", TEXT),
        ('"a\\nb \\u00e9"', "a\nb é", TEXT),
        ('""', "", TEXT),
        ('"{not json}"', "{not json}", TEXT),
        ('"[1, 2"', "[1, 2", TEXT),
        ('"{\\"a\\": 1}"', '{"a": 1}', JSON),
        ('" [1] "', " [1] ", JSON),
        ('"123"', "123", JSON),
        ('"true"', "true", JSON),
        ('"truth"', "truth", TEXT),
        ('"-"', "-", TEXT),
        ('"01"', "01", TEXT),
        ('"{\\"a\\":\\"\\\\ud800\\"}"', '{"a":"\\ud800"}', TEXT),
        ('"' + "[" * 5000 + "]" * 5000 + '"', "[" * 5000 + "]" * 5000, TEXT),
        ('"9007199254740993"', "9007199254740993", CAREFUL),
        ('{"a": [1, 2.5, -3e2]}', '{"a": [1, 2.5, -3e2]}', JSON),
        ('{"a":"12345678901234567890 1e999 \\" 9e9"}', '{"a":"12345678901234567890 1e999 \\" 9e9"}', JSON),
        ("9007199254740992", "9007199254740992", JSON),
        ("[9007199254740993]", "[9007199254740993]", CAREFUL),
        ("0.30000000000000004", "0.30000000000000004", JSON),
        ("0.300000000000000044", "0.300000000000000044", CAREFUL),
        ("[1e400]", "[1e400]", CAREFUL),
        ("[1e-400]", "[1e-400]", CAREFUL),
        ("[0.1e5]", "[0.1e5]", JSON),
        ("1" * 5000, "1" * 5000, CAREFUL),
        ("false", "false", JSON),
    ],
    ids=lambda value: str(value)[:40],
)
def test_text_and_form(raw: str, text: str, form: int) -> None:
    payload = payload_of(Raw(raw.encode()))
    assert payload is not None
    assert (payload.text, payload.form) == (text, form)


@pytest.mark.parametrize("raw", ["0", "-0", "0.0", "0e5", "false", '""', "{}", "[ ]"])
def test_what_javascript_finds_false_or_empty_never_overwrites(raw: str) -> None:
    payload = payload_of(Raw(raw.encode()))
    assert payload is not None
    assert not payload.truthy


@pytest.mark.parametrize("raw", ["1", "0.1", "true", '"0"', '{"a":0}', "[0]", '" "'])
def test_anything_else_does(raw: str) -> None:
    payload = payload_of(Raw(raw.encode()))
    assert payload is not None
    assert payload.truthy


@pytest.mark.parametrize("raw", ["", "null"])
def test_null_and_absence_say_nothing(raw: str) -> None:
    assert payload_of(Raw(raw.encode())) is None
    assert metadata_of(Raw(raw.encode())) is None


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        ('{"a": {"b": 1e400, "c": 1}}', '{"a": {"b": 1e400, "c": 1}}'),
        ('"text \\"q\\""', '{"metadata":"text \\"q\\""}'),
        ('"{\\"a\\":1}"', '{"metadata":"{\\"a\\":1}"}'),
        ("5", '{"metadata":"5"}'),
        ("1e400", '{"metadata":"1e400"}'),
        ("true", '{"metadata":"true"}'),
        ("[1, {}]", '{"metadata":"[1, {}]"}'),
        ('{"a":1e2000,"b":"1e2000","c":-5E-9999}', '{"a":"1e2000","b":"1e2000","c":"-5E-9999"}'),
        ('{"a":' + "7" * 1001 + "}", '{"a":"' + "7" * 1001 + '"}'),
        ('{"a":' + "7" * 1000 + "}", '{"a":' + "7" * 1000 + "}"),
        ('{"a":1e99999999999999999999,"b":1e0000000001}', '{"a":"1e99999999999999999999","b":1e0000000001}'),
    ],
    ids=lambda value: str(value)[:40],
)
def test_metadata_is_the_text_of_an_object(raw: str, stored: str) -> None:
    assert metadata_of(Raw(raw.encode())) == stored
    assert isinstance(json.loads(stored), dict)


@pytest.mark.parametrize("raw", ["{}", "[]", "{ }", "[\n]"])
def test_empty_metadata_has_nothing_to_merge(raw: str) -> None:
    assert metadata_of(Raw(raw.encode())) is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    "number",
    [
        "1e989",
        "-1e-989",
        "0e999",
        "0e99999999",
        "1" * 1000,
        "0." + "1" * 990,
        "9" * 5000,
        "1e131071",
        "1E+999999999999999",
    ],
    ids=lambda value: str(value)[:20],
)
def test_jsonb_takes_every_number_of_metadata_and_python_reads_it_back(number: str) -> None:
    stored = metadata_of(Raw(b'{"n":%b}' % number.encode()))
    with connection.cursor() as cursor:
        cursor.execute("select %s::jsonb::text", [stored])
        (text,) = cursor.fetchone()
    assert json.loads(text).keys() == exact_loads(text).keys() == {"n"}
