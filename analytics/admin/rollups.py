"""Aggregation in the admin: how far it is behind, where there are gaps, its runs; ranges made anew on request."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.admin_site import LeanAdmin, ReadOnlyAdmin, site
from accounts.audit import by_user, record
from accounts.models import Project, User
from analytics.models import RollupRebuild, RollupRun, RollupState
from analytics.rollups.rebuild import request_rebuild, slices_left
from analytics.rollups.status import Status, read_gaps, read_status, stands_still_since

GAP_AGE = timedelta(minutes=2)
"""What has been stale for less is on its way."""


def _health() -> dict[str, Any]:
    """Return what the page shows above the runs."""
    status = read_status()
    return {
        "since": stands_still_since(now=status.now),
        "figures": [*_freshness(status), *_runs(status)],
        "gaps": {
            "headers": ["Project", "From (UTC)", "Until", "Stale minutes", "Since"],
            "rows": [
                [gap.project_id, _at(gap.start), _at(gap.end), gap.slices, _at(gap.since)]
                for gap in read_gaps(older_than=GAP_AGE)
            ],
        },
        "failing": {
            "headers": ["Project", "Last try", "Next try", "Error"],
            "rows": [
                [state.project.name, _at(state.started_at), _at(state.due_at), state.error]
                for state in status.failing
            ],
        },
        "rebuild_url": reverse("admin:analytics_rolluprebuild_add"),
    }


def _freshness(status: Status) -> list[dict[str, str]]:
    overdue = f"{status.overdue_hours} hours and {status.overdue_days} days are over and not merged yet"
    stale = f"{status.stale_slices:,} minutes of {status.stale_projects:,} projects wait"
    return [
        {
            "title": "Lag",
            "value": _span(status.lag),
            "note": stale if status.stale_slices else "all is fresh",
        },
        {"title": "Merges", "value": str(status.overdue_hours + status.overdue_days), "note": overdue},
    ]


def _runs(status: Status) -> list[dict[str, str]]:
    last, due = status.last_run, status.next_run_at
    took = last.finished_at - last.started_at if last and last.finished_at else timedelta(0)
    made = f"{last.slices} slices, {last.hours} hours, {last.days} days in {_span(took)}" if last else ""
    if status.running_since:
        made = f"one is under way since {_at(status.running_since)}"
    note = "late: are beat and a worker running?" if status.is_late else f"every {settings.ROLLUP_SECONDS} s"
    return [
        {"title": "Last run", "value": _from_now(last.started_at, status) if last else "never", "note": made},
        {"title": "Next run", "value": _from_now(due, status) if due else "unknown", "note": note},
    ]


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _from_now(moment: datetime, status: Status) -> str:
    if moment >= status.now:
        return f"in {_span(moment - status.now)}"
    return f"{_span(status.now - moment)} ago"


def _span(span: timedelta) -> str:
    return f"{span.total_seconds():.1f} s" if span < timedelta(minutes=10) else str(span).split(".")[0]


@admin.register(RollupRun, site=site)
class RollupRunAdmin(ReadOnlyAdmin):
    """The health of aggregation, and below it its runs."""

    list_display = ("start", "took", "projects", "slices", "hours", "days", "error")
    list_per_page = 25
    ordering = ("-id",)
    list_before_template = "analytics/admin_health.html"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response: HttpResponse = super().changelist_view(request, {**_health(), **(extra_context or {})})
        return response

    @admin.display(description="started at (UTC)")
    def start(self, run: RollupRun) -> str:
        return _at(run.started_at)

    @admin.display(description="took")
    def took(self, run: RollupRun) -> str:
        if run.finished_at is None:
            return "has not ended"
        return f"{(run.finished_at - run.started_at).total_seconds():.2f} s"


@admin.register(RollupState, site=site)
class RollupStateAdmin(ReadOnlyAdmin):
    """By project, the last refresh that had something to do."""

    list_display = ("project", "start", "took", "slices", "hours", "days", "due", "error")
    list_select_related = ("project",)
    search_fields = ("=project__id", "project__name")
    ordering = ("-started_at",)

    @admin.display(description="started at (UTC)", ordering="started_at")
    def start(self, state: RollupState) -> str:
        return _at(state.started_at)

    @admin.display(description="took", ordering="seconds")
    def took(self, state: RollupState) -> str:
        return f"{state.seconds:.2f} s"

    @admin.display(description="next not before (UTC)", ordering="due_at")
    def due(self, state: RollupState) -> str:
        return _at(state.due_at)


class RebuildForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = RollupRebuild
        fields = ("project", "since", "until")
        help_texts = {
            "project": "None: all projects.",
            "since": "UTC. None: from the first row on.",
            "until": "UTC. None: up to the last row.",
        }

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since >= until:
            raise ValidationError({"until": "Must be after the beginning"})
        return cleaned


@admin.register(RollupRebuild, site=site)
class RollupRebuildAdmin(LeanAdmin):
    """Ranges to be recomputed, and how far that is; workers begin within a quarter of a minute."""

    form = RebuildForm
    list_display = ("requested", "of", "begin", "end", "requested_by", "progress")
    list_select_related = ("project",)
    ordering = ("-id",)
    actions: Any = ()

    def get_fields(self, request: HttpRequest, obj: RollupRebuild | None = None) -> tuple[str, ...]:
        return self.list_display if obj else ("project", "since", "until")

    def get_readonly_fields(self, request: HttpRequest, obj: RollupRebuild | None = None) -> tuple[str, ...]:
        return self.list_display if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "project":
            kwargs["queryset"] = Project.objects.living().order_by("name", "id")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and db_field.name == "project":
            field.widget.can_add_related = field.widget.can_change_related = False
            field.widget.can_delete_related = field.widget.can_view_related = False
        return field

    def save_model(self, request: HttpRequest, obj: RollupRebuild, form: Any, change: bool) -> None:
        if not isinstance(request.user, User):
            raise TypeError("The admin is for users")
        with transaction.atomic():
            saved = request_rebuild(
                obj.project_id, since=obj.since, until=obj.until, author=request.user.email
            )
            obj.__dict__.update(saved.__dict__)
            record(
                by_user(request.user),
                "create",
                resource_type="rollupRebuild",
                resource_id=str(obj.pk),
                project_id=obj.project_id,
                after={"since": obj.since, "until": obj.until},
            )

    @admin.display(description="requested at (UTC)", ordering="requested_at")
    def requested(self, rebuild: RollupRebuild) -> str:
        return _at(rebuild.requested_at)

    @admin.display(description="project", ordering="project")
    def of(self, rebuild: RollupRebuild) -> str:
        return rebuild.project.name if rebuild.project else "all projects"

    @admin.display(description="from (UTC)", ordering="since")
    def begin(self, rebuild: RollupRebuild) -> str:
        return _at(rebuild.since) if rebuild.since else "the first row on"

    @admin.display(description="until", ordering="until")
    def end(self, rebuild: RollupRebuild) -> str:
        return _at(rebuild.until) if rebuild.until else "the last row"

    @admin.display(description="progress")
    def progress(self, rebuild: RollupRebuild) -> str:
        left = slices_left(rebuild)
        if left is None:
            return "waits for a worker"
        if left:
            return f"{rebuild.slices - left:,} of {rebuild.slices:,} slices"
        return f"done: {rebuild.slices:,} slices"
