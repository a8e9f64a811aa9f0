"""A model's name as an SDK sends it in, its prices from the table that we ship out.

The table is the data of the genai-prices package and what it lacks; it is read at the first look-up. A name may
carry its provider in front (`openai/gpt-4o`, `models/gemini-…`, `us.anthropic.claude-…`).
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

import msgspec

from tracing.costs.clauses import is_met, names_of
from tracing.costs.extra import CORRECTIONS, EXTRA, Extra, rows_of
from tracing.costs.packed import packed_prices
from tracing.costs.periods import read_periods
from tracing.costs.pricing import PricedModel

MAX_NAME = 200
"""Longer names match nothing: look-ups are remembered by name."""

BARE_ORDER = (
    "openai",
    "anthropic",
    "mistral",
    "cohere",
    "deepseek",
    "x-ai",
    "perplexity",
    "voyageai",
    "moonshotai",
    "minimax",
    "zhipuai",
    "zai",
    "meta",
    "ai21",
    "elevenlabs",
    "typesafe",
    "aws",
    "google",
    "azure",
    "groq",
    "fireworks",
    "cloudflare",
    "databricks",
    "cursor",
)
"""Who is asked, in order, about a name without a provider: makers first, then hosts with names of their own.

Models that many host at their own prices, under the maker's name, are not guessed.
"""
PREFIXES = {
    "models": "google",
    "gemini": "google",
    "vertex_ai": "google",
    "vertexai": "google",
    "vertex-ai": "google",
    "google_genai": "google",
    "google_vertexai": "google",
    "publishers": "google",
    "bedrock": "aws",
    "bedrock_converse": "aws",
    "amazon": "aws",
    "azure_openai": "azure",
    "azure-openai": "azure",
    "azure_ai": "azure",
    "mistralai": "mistral",
    "xai": "x-ai",
    "cohere_chat": "cohere",
    "together_ai": "together",
    "togethercomputer": "together",
    "fireworks_ai": "fireworks",
    "moonshot": "moonshotai",
    "voyage": "voyageai",
    "z-ai": "zai",
}
"""What SDKs and routers write in front of a name, where it isn't the provider's id in the table."""
GUESTS = {"azure": ("openai", "anthropic", "mistral", "deepseek", "x-ai"), "google": ("anthropic",)}
"""Whose models a host sells under their makers' names and, where it has no row of its own, prices."""

GATEWAYS = ("litellm_proxy", "litellm")
"""What is written in front of a name and tells nothing about who serves it."""

_COMPACT_DATE = re.compile(r"-(20\d\d)(0[1-9]|1[0-2])([0-3]\d)(?=[-:@]|$)")
_DATE = re.compile(r"[-@](20\d\d-[01]\d-[0-3]\d|20\d\d[01]\d[0-3]\d)$")


class Row(msgspec.Struct, array_like=True, frozen=True):
    """One model of the packed file; its prices stay text until the model is looked up."""

    provider: str
    id: str
    name: str | None
    clause: list[Any]
    prices: msgspec.Raw
    variants: msgspec.Raw

    @property
    def key(self) -> str:
        """The model's id in our API; without a slash, which clients would not escape."""
        return f"{self.provider}:{self.id}".replace("/", "~")


class Shelf(msgspec.Struct, frozen=True):
    """A provider's models: those that a plain name finds, and those with a condition to try."""

    named: dict[str, int]
    tried: list[int]


class Table(msgspec.Struct, frozen=True):
    rows: list[Row]
    shelves: dict[str, Shelf]
    by_key: dict[str, int]


def find_shipped(name: str) -> PricedModel | None:
    """Return the shipped model that this name stands for."""
    return _find(_spelled(name.strip().lower())) if len(name) <= MAX_NAME else None


def get_shipped(model_id: str) -> PricedModel | None:
    """Return a shipped model by its id in our API."""
    index = table().by_key.get(model_id)
    return None if index is None else priced(index)


def list_shipped(offset: int, limit: int) -> list[PricedModel]:
    """Return a page of the shipped models."""
    return [priced(index) for index in range(len(table().rows))[offset : offset + limit]]


def count_shipped() -> int:
    return len(table().rows)


def clause_of(model_id: str) -> list[Any]:
    """Return the condition by which names match a shipped model."""
    return table().rows[table().by_key[model_id]].clause


@cache
def table() -> Table:
    """Return the shipped table, read once a process."""
    corrections = _extra(CORRECTIONS)
    corrected = {row.key for row in corrections}
    packed = msgspec.json.decode(packed_prices(), type=list[Row])
    rows = [*corrections, *(row for row in packed if row.key not in corrected), *_extra(EXTRA)]
    shelves: dict[str, Shelf] = {}
    by_key: dict[str, int] = {}
    for index, row in enumerate(rows):
        shelf = shelves.setdefault(row.provider, Shelf(named={}, tried=[]))
        names, complete = names_of(row.clause)
        for name in names:
            shelf.named.setdefault(name, index)
        if not complete:
            shelf.tried.append(index)
        by_key.setdefault(row.key, index)
    return Table(rows=rows, shelves=shelves, by_key=by_key)


def _extra(extras: tuple[Extra, ...]) -> list[Row]:
    return msgspec.json.decode(msgspec.json.encode(rows_of(extras)), type=list[Row])


@lru_cache(maxsize=512)
def priced(index: int) -> PricedModel:
    """Return a row of the table with its prices read."""
    row = table().rows[index]
    periods = read_periods(row.key, msgspec.json.decode(row.prices), msgspec.json.decode(row.variants))
    return PricedModel(
        id=row.key,
        name=row.id,
        tokenizer_id={"openai": "openai", "anthropic": "claude"}.get(row.provider),
        tokenizer_config=_tokenizer_config(row) if row.provider == "openai" else None,
        tiers=periods[-1].tiers,
        periods=periods if len(periods) > 1 else (),
        shipped=True,
    )


def _tokenizer_config(row: Row) -> dict[str, Any]:
    config: dict[str, Any] = {"tokenizerModel": row.id}
    chat = row.id.startswith(("gpt-", "chatgpt-", "o1", "o3", "o4", "ft:gpt-")) and "instruct" not in row.id
    return {**config, "tokensPerMessage": 3, "tokensPerName": 1} if chat else config


@lru_cache(maxsize=8192)
def _find(name: str) -> PricedModel | None:
    for spelling in _spellings(name):
        for provider, bare in _places(spelling):
            index = _on_shelf(provider, bare)
            if index is not None:
                return priced(index)
    return None


def _spelled(name: str) -> str:
    """Return the name without a gateway, and with a slash where a colon parts it from its provider."""
    for gateway in GATEWAYS:
        name = name.removeprefix(f"{gateway}/")
    prefix, colon, rest = name.partition(":")
    return f"{prefix}/{rest}" if colon and (prefix in PREFIXES or prefix in table().shelves) else name


def _spellings(name: str) -> Iterator[str]:
    """Yield the name, then with its date as providers write it, then without one: snapshots come and go."""
    yield name
    dashed = _COMPACT_DATE.sub(r"-\1-\2-\3", name)
    if dashed != name:
        yield dashed
    undated = _DATE.sub("", name)
    if undated != name:
        yield undated


def _places(name: str) -> Iterator[tuple[str, str]]:
    """Yield where to look: by the provider in front, at the router of such names, then at each by name."""
    prefix, slash, rest = name.partition("/")
    if slash:
        provider = PREFIXES.get(prefix, prefix)
        yield provider, rest
        yield from ((guest, rest.rpartition("/")[2]) for guest in (provider, *GUESTS.get(provider, ())))
        yield "openrouter", name
    if "anthropic." in name:
        yield "aws", name
    yield from ((provider, name) for provider in BARE_ORDER)
    if slash and PREFIXES.get(prefix, prefix) in table().shelves:
        yield from _places(rest)


def _on_shelf(provider: str, name: str) -> int | None:
    """Return the provider's first row that the name matches."""
    shelf = table().shelves.get(provider)
    if shelf is None:
        return None
    named = shelf.named.get(name)
    rows = table().rows
    tried = next((index for index in shelf.tried if is_met(rows[index].clause, name)), None)
    return min((index for index in (named, tried) if index is not None), default=None)
