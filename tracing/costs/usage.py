"""What a client said of usage, or the text itself, in; the final usage of an observation out."""

from tracing.costs.pricing import PricedModel
from tracing.costs.tokenizer import count_tokens


def final_usage(provided: dict[str, int]) -> dict[str, int]:
    """Return the provided usage with its total; the client's own total is trusted."""
    return provided if not provided or "total" in provided else {**provided, "total": sum(provided.values())}


def counted_usage(model: PricedModel, input: str | None, output: str | None) -> tuple[dict[str, int], bool]:
    """Return the tokens counted in input and output, and whether the tokenizer isn't the model's own."""
    counts = {"input": count_tokens(model, input), "output": count_tokens(model, output)}
    known = {key: count for key, count in counts.items() if count is not None}
    usage = {key: count.tokens for key, count in known.items()}
    total = sum(usage.values())
    if not total:
        return {}, False
    return {**usage, "total": total}, any(count.estimated for count in known.values())
