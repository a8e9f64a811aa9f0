"""The body of a score and the config it names in, what is stored of its value out, or why it is dropped."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from msgspec import UNSET

from scoring.wire import ScoreBody, value_problem


@dataclass(frozen=True, slots=True)
class ConfigRules:
    """What a score config asks of its scores; `categories` maps labels to numbers."""

    name: str
    data_type: str
    is_archived: bool = False
    min_value: float | None = None
    max_value: float | None = None
    categories: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The columns of a score that its value decides."""

    name: str
    data_type: str
    value: float
    string_value: str | None
    long_string_value: str = ""


@dataclass(frozen=True, slots=True)
class Dropped:
    """A score that was acknowledged and is not stored; the reason is what operators see counted."""

    reason: str


def judge(body: ScoreBody, config: ConfigRules | None) -> Verdict | Dropped:
    """Return what is stored of the body's value; `config` is the one it names, None where there is none."""
    data_type = _data_type(body, config)
    problem = _problem(body, config, data_type=data_type)
    if problem:
        return Dropped(problem)
    name = config.name if config else body.name
    if isinstance(body.value, str):
        return _of_text(name, data_type, text=body.value, config=config)
    text = ("False", "True")[int(body.value)] if data_type == "BOOLEAN" else None
    return Verdict(name, data_type, float(body.value), text)


def _data_type(body: ScoreBody, config: ConfigRules | None) -> str:
    if body.data_type is not UNSET:
        return body.data_type
    if config:
        return config.data_type
    return "CATEGORICAL" if isinstance(body.value, str) else "NUMERIC"


def _problem(body: ScoreBody, config: ConfigRules | None, *, data_type: str) -> str | None:
    if data_type == "CORRECTION" and not body.trace_id:
        return "score correction without a trace"
    if body.source == "ANNOTATION" and not body.config_id and data_type != "CORRECTION":
        return "score annotation without a config"
    if not body.config_id:
        return value_problem(data_type, body.value)
    if config is None:
        return "score config not found"
    if config.is_archived:
        return "score config archived"
    if config.data_type != data_type:
        return "score type differs from its config"
    return value_problem(data_type, body.value) or _config_problem(body.value, config)


def _config_problem(value: float | str, config: ConfigRules) -> str | None:
    if config.data_type == "CATEGORICAL" and value not in config.categories:
        return "score category not in its config"
    if config.data_type != "NUMERIC" or isinstance(value, str):
        return None
    if config.min_value is not None and value < config.min_value:
        return "score value below its config's minimum"
    if config.max_value is not None and value > config.max_value:
        return "score value above its config's maximum"
    return None


def _of_text(name: str, data_type: str, *, text: str, config: ConfigRules | None) -> Verdict:
    if data_type == "CORRECTION":
        return Verdict("output", data_type, 0.0, None, text)
    value = float(config.categories.get(text, 0)) if config and data_type == "CATEGORICAL" else 0.0
    return Verdict(name, data_type, value, text)
