"""The tables of scoring: scores, bulk rows keyed by (project, id), and the configs that they comply with."""

from scoring.models.configs import ConfigDataType, ScoreConfig
from scoring.models.scores import Score, ScoreDataType, ScoreSource

__all__ = ["ConfigDataType", "Score", "ScoreConfig", "ScoreDataType", "ScoreSource"]
