"""The shipped table: names as SDKs send them, prices as the package has them."""

import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from genai_prices.data import providers

from tracing.costs import pack, packed
from tracing.costs.cost import CostInput, cost_of
from tracing.costs.shipped import count_shipped, find_shipped, get_shipped, list_shipped

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_packed_prices_are_those_of_the_installed_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed, "_folder", tmp_path / "new")
    assert packed.packed_prices() == pack.pack()
    assert [file.read_bytes() for file in (tmp_path / "new").iterdir()] == [pack.pack()]


def test_a_folder_that_cant_be_written_does_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(packed, "_folder", tmp_path / "file" / "below")
    assert packed.packed_prices() == pack.pack()


def test_every_price_of_the_package_is_ours_at_every_time() -> None:
    moments = [datetime(2024, 1, 1, 12, tzinfo=UTC), NOW, datetime(2026, 11, 1, 3, tzinfo=UTC)]
    wrong = []
    for provider in providers:
        for model in provider.models:
            ours = get_shipped(f"{provider.id}:{model.id}".replace("/", "~"))
            if ours is None:
                continue
            for moment in moments:
                price = model.get_prices(moment).input_mtok
                theirs = getattr(price, "base", price)
                own = next(tier for tier in ours.tiers_at(moment) if tier.is_default).prices.get("input")
                if (theirs or 0) / 1_000_000 != (own or 0):
                    wrong.append((provider.id, model.id, moment, theirs, own))
    assert wrong == []


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("gpt-4o", "openai:gpt-4o"),
        ("GPT-4o ", "openai:gpt-4o"),
        ("openai/gpt-4o", "openai:gpt-4o"),
        ("openai:gpt-4o", "openai:gpt-4o"),
        ("azure/gpt-4o", "openai:gpt-4o"),
        ("litellm_proxy/gpt-4o", "openai:gpt-4o"),
        ("openrouter/openai/gpt-4o", "openrouter:openai~gpt-4o"),
        ("gpt-35-turbo", "openai:gpt-3.5-turbo"),
        ("gpt-35-turbo-0613", "openai:gpt-35-turbo-0613"),
        ("gpt-5.2-20251211", "openai:gpt-5.2"),
        ("gpt-4.1-2031-01-31", "openai:gpt-4.1"),
        ("ft:gpt-4o-mini-2024-07-18:org::x", "openai:ft:gpt-4o-mini"),
        ("gpt-3.5-turbo-instruct", "openai:gpt-3.5-turbo-instruct"),
        ("text-davinci-003", "openai:text-davinci-003"),
        ("text-embedding-ada-002", "openai:text-embedding-ada-002"),
        ("claude-3-5-sonnet-20240620", "anthropic:claude-3-5-sonnet"),
        ("claude-instant-1.2", "anthropic:claude-instant"),
        ("claude-2.1", "anthropic:claude-2"),
        ("anthropic.claude-v2:1", "anthropic:claude-2"),
        ("anthropic.claude-3-sonnet-20240229-v1:0", "aws:regional.anthropic.claude-3-sonnet-20240229-v1:0"),
        (
            "us.anthropic.claude-sonnet-4-20250514-v1:0",
            "aws:regional.anthropic.claude-sonnet-4-20250514-v1:0",
        ),
        ("claude-sonnet-4@20250514", "anthropic:claude-sonnet-4-0"),
        ("models/gemini-2.5-pro", "google:gemini-2.5-pro"),
        ("publishers/google/models/gemini-2.0-flash", "google:gemini-2.0-flash"),
        ("gemini-1.0-pro-001", "google:gemini-1.0-pro"),
        ("meta-llama/llama-3.1-8b-instruct", "openrouter:meta-llama~llama-3.1-8b-instruct"),
        ("my-own-model", None),
        ("llama3", None),
        ("", None),
        ("gpt-4o" * 100, None),
    ],
)
def test_names(name: str, found: str | None) -> None:
    model = find_shipped(name)
    assert (model.id if model else None) == found


@pytest.mark.parametrize(
    ("name", "usage", "cost"),
    [
        ("gpt-4o", {"input": 1000, "output": 100}, "0.0035"),
        ("gpt-4o", {"input": 0, "input_cached_tokens": 1000, "output": 0}, "0.00125"),
        ("gpt-4o", {"input": 0, "output": 0, "output_reasoning_tokens": 100}, "0.001"),
        ("gpt-4o", {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}, "0.0035"),
        ("gpt-4o", {"input": 1000, "output": 100, "prompt_tokens": 1000, "completion_tokens": 100}, "0.0035"),
        ("gpt-4o", {"total": 1000}, None),
        (
            "gpt-4o-audio-preview-2024-12-17",
            {"input_audio_tokens": 1000, "output_audio_tokens": 100},
            "0.048",
        ),
        ("gemini-1.5-flash-8b-001", {"input": 1000, "output": 1000}, "0.0001875"),
        ("text-embedding-3-small", {"input": 1000}, "0.00002"),
        ("text-embedding-3-small", {"total": 1000}, "0.00002"),
        ("text-embedding-3-small", {"prompt_tokens": 1000, "total_tokens": 1000}, "0.00002"),
        (
            "claude-3-5-sonnet-20241022",
            {"input_tokens": 1000, "output_tokens": 100, "cache_read_input_tokens": 1000},
            "0.0048",
        ),
        ("claude-3-5-sonnet-20241022", {"cache_creation_input_tokens": 1000}, "0.00375"),
        ("claude-3-5-sonnet-20241022", {"input_cache_creation_1h": 1000}, "0.006"),
        ("gemini-2.5-pro", {"input": 200_000, "output": 1000}, "0.26"),
        ("gemini-2.5-pro", {"input": 200_001, "output": 1000}, "0.5150025"),
        ("gemini-2.5-pro", {"prompt_token_count": 1000, "thoughts_token_count": 1000}, "0.01125"),
    ],
)
def test_cost(name: str, usage: dict[str, int], cost: str | None) -> None:
    costed = cost_of(CostInput(NOW, usage, matched=find_shipped(name)))
    assert costed.total_cost == (None if cost is None else Decimal(cost))


def test_prices_that_changed_go_by_the_start_of_the_observation() -> None:
    model = find_shipped("o3")
    assert model is not None
    before = cost_of(CostInput(datetime(2025, 5, 1, tzinfo=UTC), {"input": 1000}, matched=model))
    after = cost_of(CostInput(NOW, {"input": 1000}, matched=model))
    assert (before.total_cost, after.total_cost) == (Decimal("0.01"), Decimal("0.002"))


def test_a_service_tier_has_its_own_price() -> None:
    source = CostInput(
        datetime(2026, 11, 1, tzinfo=UTC),
        {"input": 1000},
        matched=find_shipped("o3"),
        model_parameters={"service_tier": "flex"},
    )
    assert cost_of(source).total_cost == Decimal("0.001")
    assert cost_of(source).tier_name == "service_tier flex"


def test_list_and_ids() -> None:
    models = list_shipped(0, 5000)
    assert len(models) == count_shipped() == len({model.id for model in models})
    assert get_shipped("openai:gpt-4o") == find_shipped("gpt-4o")
    assert get_shipped("openai:nonesuch") is None
    assert not [model.id for model in models if "/" in model.id]


def test_look_ups_import_neither_the_package_nor_its_dependencies() -> None:
    code = (
        "import sys; from tracing.costs.shipped import find_shipped; find_shipped('gpt-4o');"
        "print([m for m in ('genai_prices', 'pydantic', 'httpx', 'tiktoken') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
