"""Prices of models that the genai-prices package lacks or knows in part, in the form of the packed file.

Source: the providers' own public price sheets and deprecation pages, as they stood when each model was last
on sale; USD per million tokens. Google billed PaLM 2 and its embeddings by the character: theirs are per
million characters. A correction goes before the package's rows; the others count only where none matches.
"""

from typing import Any

Prices = dict[str, str | list[Any]]
Extra = tuple[str, str, tuple[tuple[str, str], ...], Prices]


def _tokens(input: str, output: str | None = None, **others: str) -> Prices:
    prices: Prices = {"input_mtok": input, **others}
    return prices if output is None else {**prices, "output_mtok": output}


def _named(*names: str) -> tuple[tuple[str, str], ...]:
    return tuple(("equals", name) for name in names)


def _starting(*names: str) -> tuple[tuple[str, str], ...]:
    return tuple(("starts", name) for name in names)


CORRECTIONS: tuple[Extra, ...] = (
    (
        "openai",
        "gpt-4o-audio-preview",
        _starting("gpt-4o-audio-preview"),
        _tokens("2.5", "10", input_audio_mtok="40", output_audio_mtok="80"),
    ),
    (
        "openai",
        "gpt-4o-mini-audio-preview",
        _starting("gpt-4o-mini-audio"),
        _tokens("0.15", "0.6", input_audio_mtok="10", output_audio_mtok="20"),
    ),
    (
        "google",
        "gemini-1.5-flash-8b",
        (("contains", "gemini-1.5-flash-8b"),),
        {
            "input_mtok": ["0.0375", [128000, "0.075"]],
            "output_mtok": ["0.15", [128000, "0.3"]],
            "cache_read_mtok": ["0.01", [128000, "0.02"]],
        },
    ),
)
EXTRA: tuple[Extra, ...] = (
    ("openai", "gpt-35-turbo-0125", _named("gpt-35-turbo-0125"), _tokens("0.5", "1.5")),
    ("openai", "gpt-35-turbo-1106", _named("gpt-35-turbo-1106"), _tokens("1", "2")),
    ("openai", "gpt-35-turbo-0613", _named("gpt-35-turbo-0613", "gpt-35-turbo-0301"), _tokens("1.5", "2")),
    ("openai", "gpt-35-turbo-instruct", _starting("gpt-35-turbo-instruct"), _tokens("1.5", "2")),
    ("openai", "gpt-4-turbo-vision", _named("gpt-4-turbo-vision"), _tokens("10", "30")),
    ("openai", "text-babbage-001", _named("text-babbage-001"), _tokens("0.5", "0.5")),
    ("openai", "ft:davinci-002", _starting("ft:davinci-002"), _tokens("12", "12")),
    ("openai", "ft:babbage-002", _starting("ft:babbage-002"), _tokens("1.6", "1.6")),
    (
        "openai",
        "ft:gpt-4.1",
        _starting("ft:gpt-4.1-2025-04-14"),
        _tokens("3", "12", cache_read_mtok="0.75"),
    ),
    (
        "openai",
        "ft:gpt-4.1-mini",
        _starting("ft:gpt-4.1-mini-2025-04-14"),
        _tokens("0.8", "3.2", cache_read_mtok="0.2"),
    ),
    (
        "openai",
        "ft:gpt-4.1-nano",
        _starting("ft:gpt-4.1-nano-2025-04-14"),
        _tokens("0.2", "0.8", cache_read_mtok="0.05"),
    ),
    ("anthropic", "claude-instant", _starting("claude-instant"), _tokens("0.8", "2.4")),
    ("anthropic", "claude-1", _starting("claude-1", "claude-v1"), _tokens("8", "24")),
    (
        "aws",
        "anthropic.claude-instant-v1",
        (("contains", "anthropic.claude-instant"),),
        _tokens("0.8", "2.4"),
    ),
    ("aws", "meta.llama2-13b-chat-v1", (("contains", "meta.llama2-13b"),), _tokens("0.75", "1")),
    ("aws", "meta.llama2-70b-chat-v1", (("contains", "meta.llama2-70b"),), _tokens("1.95", "2.56")),
    ("aws", "ai21.j2-ultra-v1", (("contains", "ai21.j2-ultra"),), _tokens("18.8", "18.8")),
    ("aws", "ai21.j2-mid-v1", (("contains", "ai21.j2-mid"),), _tokens("12.5", "12.5")),
    ("aws", "ai21.jamba-1-5-large-v1:0", (("contains", "ai21.jamba-1-5-large"),), _tokens("2", "8")),
    ("aws", "ai21.jamba-1-5-mini-v1:0", (("contains", "ai21.jamba-1-5-mini"),), _tokens("0.2", "0.4")),
    ("aws", "cohere.command-text-v14", (("contains", "cohere.command-text"),), _tokens("1.5", "2")),
    ("aws", "cohere.command-light-text-v14", (("contains", "cohere.command-light"),), _tokens("0.3", "0.6")),
    ("aws", "cohere.command-r-plus-v1:0", (("contains", "cohere.command-r-plus"),), _tokens("3", "15")),
    ("aws", "cohere.command-r-v1:0", (("contains", "cohere.command-r-v1"),), _tokens("0.5", "1.5")),
    ("aws", "cohere.embed-v3", (("contains", "cohere.embed-"),), _tokens("0.1")),
    (
        "google",
        "gemini-1.0-pro",
        (("starts", "gemini-1.0-pro"), ("equals", "gemini-pro-vision")),
        _tokens("0.5", "1.5"),
    ),
    (
        "google",
        "text-embedding-004",
        (
            ("starts", "text-embedding-00"),
            ("starts", "text-multilingual-embedding"),
            ("starts", "textembedding-gecko"),
        ),
        _tokens("0.025"),
    ),
    (
        "google",
        "palm-2-bison",
        (
            ("starts", "text-bison"),
            ("starts", "chat-bison"),
            ("starts", "code-bison"),
            ("starts", "codechat-bison"),
        ),
        _tokens("0.25", "0.5"),
    ),
    ("google", "palm-2-unicorn", _starting("text-unicorn"), _tokens("2.5", "7.5")),
    ("cohere", "command-nightly", _named("command-nightly"), _tokens("1", "2")),
    ("cohere", "embed-v3", _starting("embed-english-", "embed-multilingual-"), _tokens("0.1")),
    ("deepseek", "deepseek-coder", _named("deepseek-coder"), _tokens("0.14", "0.28")),
    ("x-ai", "grok-beta", _named("grok-beta", "grok-vision-beta"), _tokens("5", "15")),
    ("perplexity", "pplx-70b", _named("pplx-70b-online", "pplx-70b-chat"), _tokens("1", "1")),
    ("perplexity", "pplx-7b", _named("pplx-7b-online", "pplx-7b-chat"), _tokens("0.2", "0.2")),
    ("perplexity", "sonar-large", _starting("llama-3-sonar-large"), _tokens("1", "1")),
    ("perplexity", "sonar-small", _starting("llama-3-sonar-small"), _tokens("0.2", "0.2")),
    (
        "ai21",
        "jamba-1.5-large",
        _starting("jamba-1.5-large", "jamba-large"),
        _tokens("2", "8"),
    ),
    (
        "ai21",
        "jamba-1.5-mini",
        _starting("jamba-1.5-mini", "jamba-mini"),
        _tokens("0.2", "0.4"),
    ),
    ("ai21", "jamba-instruct", _starting("jamba-instruct"), _tokens("0.5", "0.7")),
    ("ai21", "j2-ultra", _starting("j2-ultra"), _tokens("15", "15")),
    ("ai21", "j2-mid", _starting("j2-mid"), _tokens("10", "10")),
)


def rows_of(extras: tuple[Extra, ...]) -> list[list[Any]]:
    """Return the rows as the packed file has them."""
    return [
        [provider, id, None, ["or", [list(clause) for clause in clauses]], [[None, prices]], []]
        for provider, id, clauses, prices in extras
    ]
