"""The routes of the pages of numbers."""

from django.urls import path

from analytics.ui import boards, catalog

urlpatterns = [
    path("project/<row_id:project_id>", boards.project_home, name="project"),
    path("project/<row_id:project_id>/dashboards", catalog.dashboards, name="dashboards"),
    path("project/<row_id:project_id>/dashboards/<slug:key>", boards.built_in, name="dashboard"),
]
