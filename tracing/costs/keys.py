"""The names under which clients send one and the same quantity, and which shipped prices apply to it."""

import msgspec


class Quantity(msgspec.Struct, frozen=True, gc=False):
    """Something a provider bills: its names in usage maps, best first, and the prices it takes.

    `prices` are keys of the shipped file; the first that a model has counts, so that a cached or spoken
    token without a price of its own costs what any other does. Names that some senders use for a part of
    `input` or `output`, not for an addition to it (`cached_input_tokens`, `reasoning_tokens`), are left out:
    they would be billed twice.
    """

    names: tuple[str, ...]
    prices: tuple[str, ...]


QUANTITIES = (
    Quantity(
        (
            "input",
            "input_tokens",
            "prompt_tokens",
            "promptTokens",
            "inputTokens",
            "prompt_token_count",
            "promptTokenCount",
            "input_token_count",
            "inputTokenCount",
        ),
        ("input_mtok",),
    ),
    Quantity(
        (
            "output",
            "output_tokens",
            "completion_tokens",
            "completionTokens",
            "outputTokens",
            "candidates_token_count",
            "candidatesTokenCount",
            "output_token_count",
            "outputTokenCount",
            "generated_token_count",
        ),
        ("output_mtok",),
    ),
    Quantity(
        (
            "input_cached_tokens",
            "input_cache_read",
            "cache_read_input_tokens",
            "input_cache_read_input_tokens",
            "input_cache_read_tokens",
            "cacheReadInputTokens",
            "input_cached",
        ),
        ("cache_read_mtok", "input_mtok"),
    ),
    Quantity(
        (
            "input_cache_creation",
            "cache_creation_input_tokens",
            "input_cache_creation_input_tokens",
            "input_cache_creation_tokens",
            "input_cache_write",
            "input_cache_write_tokens",
            "cacheWriteInputTokens",
            "cacheCreationInputTokens",
        ),
        ("cache_write_mtok", "input_mtok"),
    ),
    Quantity(
        ("input_cache_creation_5m", "ephemeral_5m_input_tokens", "input_ephemeral_5m_input_tokens"),
        ("cache_write_5m_mtok", "cache_write_mtok", "input_mtok"),
    ),
    Quantity(
        ("input_cache_creation_1h", "ephemeral_1h_input_tokens", "input_ephemeral_1h_input_tokens"),
        ("cache_write_1h_mtok", "cache_write_mtok", "input_mtok"),
    ),
    Quantity(
        ("input_text_tokens", "input_text", "input_modality_TEXT", "input_modality_1"),
        ("input_text_mtok", "input_mtok"),
    ),
    Quantity(
        ("input_image_tokens", "input_image", "input_modality_IMAGE", "input_modality_2"),
        ("input_image_mtok", "input_mtok"),
    ),
    Quantity(
        ("input_video_tokens", "input_video", "input_modality_VIDEO", "input_modality_3"),
        ("input_video_mtok", "input_mtok"),
    ),
    Quantity(
        ("input_audio_tokens", "input_audio", "input_modality_AUDIO", "input_modality_4"),
        ("input_audio_mtok", "input_mtok"),
    ),
    Quantity(
        ("input_cached_audio_tokens", "cache_audio_read_tokens"),
        ("cache_audio_read_mtok", "cache_read_mtok", "input_mtok"),
    ),
    Quantity(
        ("input_cached_image_tokens", "cache_image_read_tokens"),
        ("cache_image_read_mtok", "cache_read_mtok", "input_mtok"),
    ),
    Quantity(
        ("input_tool_tokens", "tool_use_prompt_token_count", "toolUsePromptTokenCount"),
        ("input_tool_mtok", "input_mtok"),
    ),
    Quantity(
        ("output_text_tokens", "output_text", "output_modality_TEXT", "output_modality_1"), ("output_mtok",)
    ),
    Quantity(
        ("output_image_tokens", "output_image", "output_modality_IMAGE", "output_modality_2"),
        ("output_image_mtok", "output_mtok"),
    ),
    Quantity(("output_video_tokens", "output_video"), ("output_video_mtok", "output_mtok")),
    Quantity(
        ("output_audio_tokens", "output_audio", "output_modality_AUDIO", "output_modality_4"),
        ("output_audio_mtok", "output_mtok"),
    ),
    Quantity(
        ("output_reasoning_tokens", "output_reasoning", "thoughts_token_count", "thoughtsTokenCount"),
        ("output_reasoning_mtok", "output_mtok"),
    ),
    Quantity(("output_accepted_prediction_tokens",), ("output_mtok",)),
    Quantity(("output_rejected_prediction_tokens",), ("output_mtok",)),
    Quantity(("output_citation_tokens",), ("output_citation_mtok", "output_mtok")),
    Quantity(("input_characters",), ("input_mchars",)),
    Quantity(("input_text_messages",), ("input_text_messages_kcount",)),
    Quantity(("audio_seconds",), ("audio_hours",)),
    Quantity(("input_audio_seconds",), ("input_audio_hours",)),
    Quantity(("output_audio_seconds",), ("output_audio_hours",)),
    Quantity(("input_document_pages",), ("input_document_kpages",)),
    Quantity(("input_annotated_document_pages",), ("input_annotated_document_kpages",)),
    Quantity(("web_searches", "web_search_requests"), ("web_searches_kcount",)),
    Quantity(("storage_searches", "file_search_calls"), ("storage_searches_kcount",)),
    Quantity(("request", "requests"), ("requests_kcount",)),
)

UNITS_OF_PRICE = {
    "mtok": 1_000_000,
    "mchars": 1_000_000,
    "kcount": 1_000,
    "kpages": 1_000,
    "hours": 3_600,
}
"""How many units a shipped price is for, by the last part of its key."""

_PLACES = {name: (index, rank) for index, q in enumerate(QUANTITIES) for rank, name in enumerate(q.names)}


def once_each(usage: dict[str, int]) -> dict[str, int]:
    """Return the usage with each quantity under one name; a sum over them is left out.

    A client that sends both its own counts and the provider's raw ones names the same tokens twice.
    """
    best: dict[int, tuple[int, str]] = {}
    for name in usage:
        place = _PLACES.get(name)
        if place and (place[0] not in best or place[1] < best[place[0]][0]):
            best[place[0]] = (place[1], name)
    if not best:
        return usage
    kept = {name for _, name in best.values()}
    return {name: n for name, n in usage.items() if name in kept or (name not in _PLACES and name != "total")}
