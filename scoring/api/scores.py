"""`/scores` and `/v2/scores`: scores taken in, listed, shown and deleted."""

from collections.abc import Sequence
from typing import Any

import msgspec
from django.conf import settings
from django.http import HttpResponse, QueryDict
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.api.bodies import read_body, unpack
from accounts.api.pagination import PageNumber
from accounts.api.permissions import ProjectKey, ProjectOrPublicKey
from accounts.api.views import ProjectView
from accounts.audit import by_key
from langfuse_site.lib.errors import InvalidData, InvalidRequest, NotFound
from scoring.api.documents import (
    ScoreSerializer,
)
from scoring.api.filters import ScoreFilters, TargetedScoreFilters
from scoring.posting import PostedScores, read_posted
from scoring.queries import (
    get_score,
    having_trace,
    list_scores,
    list_traces_of_scores,
    only_of_traces,
    scores_of,
)
from scoring.shapes import score_shape, trace_shape
from scoring.store import delete_score
from tracing.api.documents import MessageSerializer
from tracing.api.ingestion import sender_of
from tracing.api.responses import json_response
from tracing.ingest.accept import accept_ingestion
from tracing.queries.pages import bounded
from tracing.wire.decode import Rejection

NOT_FOUND = "Score not found"
NAMED_GROUPS = frozenset({"score", "trace"})
NAMES = {"givenAt": "timestamp"}
"""What a field of the event is called in what was posted."""
FIELDS_WITH_RULES = frozenset({"value", "name", "configId", "id", "timestamp"})
ISSUES = msgspec.json.Decoder(list[dict[str, Any]])


class ScoreListView(ProjectView):
    """Scores of traces that exist, the newest first; a new score of anything."""

    filterset_class = ScoreFilters

    def get_permissions(self) -> Sequence[BasePermission]:
        return [ProjectOrPublicKey() if self.request.method == "POST" else ProjectKey()]

    def get(self, request: Request) -> HttpResponse:
        number = PageNumber.from_query(request.query_params)
        scores = having_trace(only_of_traces(scores_of(self.project_id)))
        narrowed = self.filterset_class(request.query_params, queryset=scores).narrowed()
        with bounded():
            page = list_scores(narrowed, offset=number.offset, limit=number.limit)
            traces = list_traces_of_scores(self.project_id, page.rows)
        data = [
            {**score_shape(self.project_id, row), "trace": trace_shape(traces.get(row.trace_id or ""))}
            for row in page.rows
        ]
        for one in data:
            if one["trace"]:
                del one["trace"]["sessionId"]
        return json_response({"data": data, "meta": number.meta(page.total)})

    def post(self, request: Request) -> HttpResponse:
        cap = settings.MAX_INGESTION_BODY_BYTES
        body = unpack(read_body(request, cap), request.META.get("HTTP_CONTENT_ENCODING", ""), cap)
        posted = read_posted(body, now=timezone.now())
        accepted = accept_ingestion(
            self.access, posted.batch, encoding="", cap=len(posted.batch), sender=sender_of(request)
        )
        if posted.is_array:
            return _answer_to_array(posted, accepted.rejections)
        if accepted.rejections:
            raise _refusal(accepted.rejections[0])
        return json_response({"id": posted.ids[0]})


class ScoreView(ProjectView):
    """A score of a trace; deletion of any score."""

    @extend_schema(responses=ScoreSerializer)
    def get(self, request: Request, score_id: str) -> HttpResponse:
        with bounded():
            row = get_score(only_of_traces(scores_of(self.project_id)), score_id)
        if row is None:
            raise NotFound(NOT_FOUND)
        return json_response(score_shape(self.project_id, row))

    @extend_schema(responses={202: MessageSerializer})
    def delete(self, request: Request, score_id: str) -> HttpResponse:
        delete_score(self.project_id, score_id, author=by_key(self.access))
        return json_response({"message": "Score deletion queued successfully"}, status=202)


class TargetedScoreListView(ProjectView):
    """Scores of traces, observations, sessions and dataset runs, the newest first."""

    filterset_class = TargetedScoreFilters

    def get(self, request: Request) -> HttpResponse:
        query = request.query_params
        number, with_trace = PageNumber.from_query(query), _asks_for_trace(query)
        scores = scores_of(self.project_id)
        narrowed = self.filterset_class(query, queryset=scores).narrowed()
        with bounded():
            page = list_scores(narrowed, offset=number.offset, limit=number.limit)
            traces = list_traces_of_scores(self.project_id, page.rows) if with_trace else {}
        data = [score_shape(self.project_id, row) for row in page.rows]
        if with_trace:
            for one, row in zip(data, page.rows, strict=True):
                one["trace"] = trace_shape(traces.get(row.trace_id or ""))
        return json_response({"data": data, "meta": number.meta(page.total)})


class TargetedScoreView(ProjectView):
    """A score of anything."""

    @extend_schema(responses=ScoreSerializer)
    def get(self, request: Request, score_id: str) -> HttpResponse:
        with bounded():
            row = get_score(scores_of(self.project_id), score_id)
        if row is None:
            raise NotFound(NOT_FOUND)
        return json_response(score_shape(self.project_id, row))


def _asks_for_trace(query: QueryDict) -> bool:
    """Say whether the answer holds traces; the filters on traces need them."""
    text = query.get("fields")
    groups = {name.strip() for name in text.split(",")} & NAMED_GROUPS if text else NAMED_GROUPS
    if "score" not in groups:
        raise InvalidRequest("Scores needs to be selected always.")
    if "trace" not in groups and (query.get("userId") or query.get("traceTags")):
        raise InvalidRequest("Filters by properties of traces need the field group 'trace' to be selected.")
    return "trace" in groups


def _answer_to_array(posted: PostedScores, rejections: Sequence[Rejection]) -> HttpResponse:
    told = [_told(problem) for problem in posted.refused]
    told += [_told(_refusal(rejection).issues[0]) for rejection in rejections]
    if not told:
        return json_response({"message": "Accepted"}, status=202)
    body = {
        "accepted": len(posted.ids) - len(rejections),
        "rejected": len(told),
        "errors": [{"message": message} for message in told],
    }
    return json_response(body, status=207)


def _told(problem: dict[str, Any]) -> str:
    """Return an issue as one line that names the field."""
    path, message = ".".join(map(str, problem["path"])), str(problem["message"])
    return message if message.startswith(path) else f"{path}: {message}"


def _refusal(rejection: Rejection) -> InvalidData:
    """Return what is wrong with a score, told of the score rather than of the event around it."""
    return InvalidData([{**one, "path": _path(one)} for one in ISSUES.decode(rejection.error)])


def _path(problem: dict[str, Any]) -> list[str | int]:
    """Return where the fault lies; rules on a score as a whole begin with the field that breaks them."""
    subject = problem["message"].partition(" ")[0]
    steps = problem["path"][1:] or [subject] * (subject in FIELDS_WITH_RULES)
    return [NAMES.get(step, step) for step in steps]
