"""The routes of scoring below `/api/public/`."""

from django.urls import URLPattern, URLResolver, path

import tracing.api.paths  # noqa: F401 - registers the converter of ids
from scoring.api.configs import ScoreConfigListView, ScoreConfigView
from scoring.api.scores import ScoreListView, ScoreView, TargetedScoreListView, TargetedScoreView
from scoring.api.scores_v3 import ScoreV3ListView

urlpatterns: list[URLPattern | URLResolver] = [
    path("scores", ScoreListView.as_view()),
    path("scores/<wire_id:score_id>", ScoreView.as_view()),
    path("v2/scores", TargetedScoreListView.as_view()),
    path("v2/scores/<wire_id:score_id>", TargetedScoreView.as_view()),
    path("v3/scores", ScoreV3ListView.as_view()),
    path("score-configs", ScoreConfigListView.as_view()),
    path("score-configs/<wire_id:config_id>", ScoreConfigView.as_view()),
]
