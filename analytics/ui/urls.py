"""The routes of the pages of numbers."""

from django.urls import path

from analytics.ui import boards, catalog, saved, widgets

DASHBOARDS = "project/<row_id:project_id>/dashboards"
SAVED = f"{DASHBOARDS}/saved/<row_id:dashboard_id>"

urlpatterns = [
    path("project/<row_id:project_id>", boards.project_home, name="project"),
    path(DASHBOARDS, catalog.dashboards, name="dashboards"),
    path(f"{DASHBOARDS}/new", saved.create_dashboard, name="create_dashboard"),
    path(SAVED, saved.saved_dashboard, name="saved_dashboard"),
    path(f"{SAVED}/edit", saved.edit_dashboard, name="edit_dashboard"),
    path(f"{SAVED}/clone", saved.clone_dashboard, name="clone_dashboard"),
    path(f"{SAVED}/delete", saved.delete_dashboard, name="delete_dashboard"),
    path(f"{SAVED}/widgets/new", widgets.new_widget, name="new_dashboard_widget"),
    path(f"{SAVED}/widgets/<row_id:widget_id>/delete", widgets.delete_widget, name="delete_dashboard_widget"),
    path(f"{SAVED}/tiles/<row_id:placement_id>/edit", widgets.edit_tile, name="edit_dashboard_tile"),
    path(f"{SAVED}/tiles/<row_id:placement_id>", saved.move_dashboard_tile, name="move_dashboard_tile"),
    path(f"{DASHBOARDS}/<slug:key>", boards.built_in, name="dashboard"),
]
