"""The name of a view and the version of the API in, the view out."""

from analytics.metrics.query import Version, ViewName
from analytics.metrics.views.observations import observations
from analytics.metrics.views.parts import MetricsView
from analytics.metrics.views.scores import KINDS, scores
from analytics.metrics.views.traces import TRACES

VIEWS: dict[Version, dict[ViewName, MetricsView]] = {
    "v1": {
        "traces": TRACES,
        "observations": observations("v1"),
        **{name: scores(name, "v1") for name in KINDS},
    },
    "v2": {"observations": observations("v2"), **{name: scores(name, "v2") for name in KINDS}},
}
