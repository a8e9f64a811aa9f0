"""`/unstable/dashboards` and `/unstable/dashboard-widgets`: saved dashboards and what is placed on them."""

from typing import Any, cast

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.api.errors import ErrorStyle
from accounts.api.pagination import PageNumber
from accounts.api.views import ProjectView
from accounts.audit import by_key
from analytics.api.documents import (
    DashboardSerializer,
    DeletedSerializer,
    NewDashboardSerializer,
    NewWidgetSerializer,
    PlacementSerializer,
    WidgetSerializer,
)
from analytics.models import Dashboard, Widget
from analytics.saved import changes, wire
from tracing.api.documents import page_of
from tracing.api.responses import json_response


class UnstableView(ProjectView):
    error_style: ErrorStyle = "coded"

    def page(self, request: Request, rows: QuerySet[Any], shape: Any) -> HttpResponse:
        number = PageNumber.from_query(request.query_params)
        data = [shape(row) for row in rows.order_by("-updated_at", "id")[number.rows]]
        return json_response({"data": data, "meta": number.meta(rows.count())})


class DashboardListView(UnstableView):
    @extend_schema(operation_id="dashboards_list", responses=page_of(DashboardSerializer))
    def get(self, request: Request) -> HttpResponse:
        return self.page(request, Dashboard.objects.filter(project_id=self.project_id), wire.dashboard_shape)

    @extend_schema(request=NewDashboardSerializer, responses=DashboardSerializer)
    def post(self, request: Request) -> HttpResponse:
        columns = wire.read_new_dashboard(request.data)
        dashboard = changes.create_dashboard(self.project_id, columns, author=by_key(self.access))
        return json_response(wire.dashboard_shape(dashboard))


class DashboardView(UnstableView):
    @extend_schema(responses=DashboardSerializer)
    def get(self, request: Request, dashboard_id: str) -> HttpResponse:
        return json_response(wire.dashboard_shape(changes.find_dashboard(self.project_id, dashboard_id)))

    @extend_schema(request=NewDashboardSerializer, responses=DashboardSerializer)
    def patch(self, request: Request, dashboard_id: str) -> HttpResponse:
        columns = wire.read_changed_dashboard(request.data)
        author = by_key(self.access)
        dashboard = changes.update_dashboard(self.project_id, dashboard_id, columns, author=author)
        return json_response(wire.dashboard_shape(dashboard))

    @extend_schema(responses=DeletedSerializer)
    def delete(self, request: Request, dashboard_id: str) -> HttpResponse:
        changes.delete_dashboard(self.project_id, dashboard_id, author=by_key(self.access))
        return json_response({"message": "Dashboard successfully deleted"})


class PlacementListView(UnstableView):
    @extend_schema(request=PlacementSerializer, responses=PlacementSerializer)
    def post(self, request: Request, dashboard_id: str) -> HttpResponse:
        given = wire.read_new_placement(request.data)
        author = by_key(self.access)
        return json_response(changes.add_placement(self.project_id, dashboard_id, given, author=author))


class PlacementView(UnstableView):
    @extend_schema(request=PlacementSerializer, responses=PlacementSerializer)
    def patch(self, request: Request, dashboard_id: str, placement_id: str) -> HttpResponse:
        changed = wire.read_moved_placement(request.data)
        place = (self.project_id, dashboard_id, placement_id)
        return json_response(changes.move_placement(*place, changed, author=by_key(self.access)))

    @extend_schema(responses=DeletedSerializer)
    def delete(self, request: Request, dashboard_id: str, placement_id: str) -> HttpResponse:
        place = (self.project_id, dashboard_id, placement_id)
        changes.remove_placement(*place, author=by_key(self.access))
        return json_response({"message": "Placement successfully deleted"})


class WidgetListView(UnstableView):
    @extend_schema(operation_id="dashboard_widgets_list", responses=page_of(WidgetSerializer))
    def get(self, request: Request) -> HttpResponse:
        return self.page(request, Widget.objects.filter(project_id=self.project_id), wire.widget_shape)

    @extend_schema(request=NewWidgetSerializer, responses=WidgetSerializer)
    def post(self, request: Request) -> HttpResponse:
        columns = wire.read_new_widget(request.data)
        widget = changes.create_widget(self.project_id, columns, author=by_key(self.access))
        return json_response(wire.widget_shape(widget))


class WidgetView(UnstableView):
    @extend_schema(responses=WidgetSerializer)
    def get(self, request: Request, widget_id: str) -> HttpResponse:
        return json_response(wire.widget_shape(changes.find_widget(self.project_id, widget_id)))

    @extend_schema(request=NewWidgetSerializer, responses=WidgetSerializer)
    def patch(self, request: Request, widget_id: str) -> HttpResponse:
        widget = changes.find_widget(self.project_id, widget_id)
        columns = wire.read_changed_widget(cast(Any, request.data), widget)
        changed = changes.update_widget(self.project_id, widget_id, columns, author=by_key(self.access))
        return json_response(wire.widget_shape(changed))

    @extend_schema(responses=DeletedSerializer)
    def delete(self, request: Request, widget_id: str) -> HttpResponse:
        changes.delete_widget(self.project_id, widget_id, author=by_key(self.access))
        return json_response({"message": "Dashboard widget successfully deleted"})
