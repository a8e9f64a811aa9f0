"""Dashboards that people save, and the widgets that are placed on them."""

from django.db import models

from langfuse_site.lib.ids import new_id


class Widget(models.Model):
    """One question with the chart that answers it; the words are those of the API."""

    id = models.TextField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey("accounts.Project", models.CASCADE, related_name="widgets")
    name = models.TextField()
    description = models.TextField(blank=True, default="")
    view = models.TextField()
    dimensions = models.JSONField(default=list)
    """`[{"field"}]`"""
    metrics = models.JSONField(default=list)
    """`[{"measure", "agg"}]`"""
    filters = models.JSONField(default=list)
    chart_type = models.TextField()
    chart_config = models.JSONField(default=dict)
    """`type`, and what of `row_limit`, `bins`, `defaultSort`, `show_value_labels` was given."""
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "dashboard_widgets"
        indexes = [models.Index(fields=["project", "-updated_at"], name="dashboard_widgets_by_update")]

    def __str__(self) -> str:
        return self.name


class Dashboard(models.Model):
    """Places of widgets on a grid of twelve columns, and filters that hold for all of them."""

    id = models.TextField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey("accounts.Project", models.CASCADE, related_name="dashboards")
    name = models.TextField()
    description = models.TextField(blank=True, default="")
    placements = models.JSONField(default=list)
    """`[{"type", "id", "widgetId" | "presetId", "x", "y", "width", "height"}]`"""
    filters = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "dashboards"
        indexes = [models.Index(fields=["project", "-updated_at"], name="dashboards_by_update")]

    def __str__(self) -> str:
        return self.name
