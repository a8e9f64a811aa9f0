"""Texts in, token counts out, without a network."""

import subprocess
import sys

import msgspec
import pytest

from tracing.costs.pricing import PricedModel
from tracing.costs.tokenizer import MAX_CHARACTERS, Count, count_tokens

CHAT = {"tokenizerModel": "gpt-4o", "tokensPerMessage": 3, "tokensPerName": 1}


def openai(**config: object) -> PricedModel:
    return PricedModel("m", "m", tokenizer_id="openai", tokenizer_config=config)


def counted(text: str | None, **config: object) -> int | None:
    count = count_tokens(openai(**(config or CHAT)), text)
    return count.tokens if count else None


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        (None, None),
        ("null", None),
        ("[]", None),
        ("", 0),
        ("hello world", 2),
        ('"hello world"', 2),
        ('{"a": 1}', 5),
        ("<|endoftext|>", 1),
        ('[{"role":"user","content":"hello world"}]', 3 + 3 + 1 + 2),
        ('[{"role":"user","content":"hello world","name":"bob"}]', 3 + 3 + 1 + 2 + 1 + 1),
        ('[{"role":"user","content":"hi"},{"role":"assistant","content":"hi"}]', 3 + 2 * (3 + 1 + 1)),
    ],
)
def test_counts(text: str | None, tokens: int | None) -> None:
    assert counted(text) == tokens


@pytest.mark.parametrize(
    "config",
    [{"tokenizerModel": "gpt-4o"}, {"tokenizerModel": "text-embedding-3-small", "tokensPerMessage": 3}],
)
def test_messages_count_as_json_without_a_chat_model(config: dict[str, object]) -> None:
    text = '[{"role":"user","content":"hello world"}]'
    assert counted(text, **config) == counted(msgspec.json.encode(text).decode(), **config)


@pytest.mark.parametrize(
    "model",
    [
        PricedModel("m", "m"),
        PricedModel("m", "m", tokenizer_id="openai"),
        PricedModel("m", "m", tokenizer_id="other", tokenizer_config=CHAT),
        openai(tokenizerModel="nonesuch"),
        openai(tokenizerModel=3),
    ],
)
def test_unknown_tokenizers_count_nothing(model: PricedModel) -> None:
    assert count_tokens(model, "hello world") is None


@pytest.mark.parametrize(
    ("model", "estimated"),
    [
        (openai(tokenizerModel="gpt-4o"), False),
        (openai(tokenizerModel="gpt-3.5-turbo"), False),
        (openai(tokenizerModel="text-davinci-003"), True),
        (PricedModel("m", "m", tokenizer_id="claude"), True),
    ],
)
def test_what_is_estimated(model: PricedModel, estimated: bool) -> None:
    assert count_tokens(model, "hello world") == Count(tokens=2, estimated=estimated)


def test_a_long_text_is_counted_in_part() -> None:
    half = count_tokens(openai(**CHAT), "hello " * (MAX_CHARACTERS // 6))
    whole = count_tokens(openai(**CHAT), "hello " * (MAX_CHARACTERS // 3))
    assert half is not None
    assert whole is not None
    assert whole.estimated
    assert abs(whole.tokens - 2 * half.tokens) < 10


@pytest.mark.parametrize("text", ["\ud800", "\x00", "[" * 10_000, "a" * 199_999, "🙂" * 10_000])
def test_odd_texts_never_fail(text: str) -> None:
    assert count_tokens(openai(**CHAT), text) is not None


def test_no_network_is_asked() -> None:
    code = (
        "import socket; socket.socket.connect = None; socket.getaddrinfo = None\n"
        "from tracing.costs.tokenizer import encoding\n"
        "print([len(encoding(name).encode('hello world')) for name in ('cl100k_base', 'o200k_base')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[2, 2]"
