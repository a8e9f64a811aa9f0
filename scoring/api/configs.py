"""`/score-configs`: what the scores of a project look like, created, listed, shown and changed."""

from django.db import transaction
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.api.pagination import PageNumber
from accounts.api.views import ProjectView
from accounts.audit import by_key
from scoring.api.documents import (
    PAGE,
    ChangedScoreConfigSerializer,
    NewScoreConfigSerializer,
    ScoreConfigSerializer,
)
from scoring.config_changes import create_config, find_config, update_config
from scoring.configs import read_changed_config, read_new_config
from scoring.models import ScoreConfig
from scoring.shapes import config_shape
from tracing.api.documents import page_of
from tracing.api.responses import json_response


class ScoreConfigListView(ProjectView):
    """Score configs, the newest first; a new one."""

    @extend_schema(
        operation_id="score_configs_list", parameters=PAGE, responses=page_of(ScoreConfigSerializer)
    )
    def get(self, request: Request) -> HttpResponse:
        number = PageNumber.from_query(request.query_params)
        configs = ScoreConfig.objects.filter(project_id=self.project_id).order_by("-created_at", "id")
        data = [config_shape(config) for config in configs[number.rows]]
        return json_response({"data": data, "meta": number.meta(configs.count())})

    @extend_schema(request=NewScoreConfigSerializer, responses=ScoreConfigSerializer)
    def post(self, request: Request) -> HttpResponse:
        fields = read_new_config(request.data)
        config = create_config(self.project_id, fields, author=by_key(self.access))
        return json_response(config_shape(config))


class ScoreConfigView(ProjectView):
    """One score config."""

    @extend_schema(responses=ScoreConfigSerializer)
    def get(self, request: Request, config_id: str) -> HttpResponse:
        return json_response(config_shape(find_config(self.project_id, config_id)))

    @extend_schema(request=ChangedScoreConfigSerializer, responses=ScoreConfigSerializer)
    def patch(self, request: Request, config_id: str) -> HttpResponse:
        with transaction.atomic():
            config = find_config(self.project_id, config_id, lock=True)
            fields = read_changed_config(request.data, config)
            update_config(config, fields, author=by_key(self.access))
        return json_response(config_shape(config))
