"""Re-pricing for the whole installation in the admin: checked in every project at once, then applied to a selection."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from unfold.widgets import UnfoldAdminSplitDateTimeWidget, UnfoldAdminTextInputWidget

from accounts.admin_site import LeanAdmin, site
from accounts.audit import Author, by_user
from accounts.models import Project, User
from accounts.templatetags.pages import cost
from langfuse_site.lib.errors import ApiError
from tracing.models import Repricing, RepricingState
from tracing.queries.model_use import unpriced_everywhere
from tracing.repricing.runs import apply_check, discard_check, start_check

SHOWN_DAYS = 30


class CheckForm(forms.ModelForm):  # type: ignore[type-arg]
    model = forms.CharField(
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="A name as clients give it; empty: all of them.",
    )
    since = forms.SplitDateTimeField(required=False, widget=UnfoldAdminSplitDateTimeWidget)
    until = forms.SplitDateTimeField(
        required=False, widget=UnfoldAdminSplitDateTimeWidget, help_text="Empty: until now."
    )
    of_project = forms.CharField(
        required=False,
        label="Project",
        widget=UnfoldAdminTextInputWidget,
        help_text="The id of a project; empty: all of them.",
    )

    class Meta:
        model = Repricing
        fields = ("model", "since", "until")

    def clean_until(self) -> Any:
        return self.cleaned_data["until"] or timezone.now()

    def clean_of_project(self) -> list[Project]:
        """Return the projects that are meant."""
        living = Project.objects.living().order_by("id")
        typed = self.cleaned_data["of_project"].strip()
        projects = list(living.filter(pk=typed) if typed else living)
        if not projects:
            raise forms.ValidationError("There is no such project")
        return projects


@admin.register(Repricing, site=site)
class RepricingAdmin(LeanAdmin):
    """What today's prices would change in the past; nothing is changed before it is applied here."""

    form = CheckForm
    fields: Any = ("model", "since", "until", "of_project")
    list_display = (
        *("created_at", "project", "shown_model", "progress", "seen", "changed"),
        *("before", "after", "applied", "created_by"),
    )
    list_filter = ("state",)
    search_fields = ("=project__id", "model")
    ordering = ("-created_at",)
    list_select_related = ("project", "created_by")
    list_display_links = None
    actions: Any = ("apply_selected", "discard_selected")
    change_list_template = "admin/tracing/repricing/change_list.html"

    @admin.display(description="model")
    def shown_model(self, run: Repricing) -> str:
        return run.model or "all"

    @admin.display(description="state")
    def progress(self, run: Repricing) -> str:
        moving = run.state in {RepricingState.CHECKING, RepricingState.APPLYING}
        return f"{run.get_state_display()} {run.percent} %" if moving else run.get_state_display()

    @admin.display(description="cost before")
    def before(self, run: Repricing) -> str:
        return cost(run.cost_before)

    @admin.display(description="cost after")
    def after(self, run: Repricing) -> str:
        return cost(run.cost_after)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Repricing]:
        queryset: QuerySet[Repricing] = super().get_queryset(request)
        return queryset.select_related("project", "created_by")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let superusers act on selections; a walk itself is not edited."""
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        since = timezone.now() - timedelta(days=SHOWN_DAYS)
        unpriced = unpriced_everywhere(since=since) if request.method == "GET" else []
        response: HttpResponse = super().changelist_view(
            request, {**(extra_context or {}), "unpriced": unpriced, "unpriced_days": SHOWN_DAYS}
        )
        return response

    def save_model(self, request: HttpRequest, obj: Repricing, form: Any, change: bool) -> None:
        """Begin a check in each project that is meant, but where prices are being applied."""
        wish = {name: form.cleaned_data[name] or None for name in ("model", "since", "until")}
        busy = 0
        for project in form.cleaned_data["of_project"]:
            try:
                start_check(project, **wish, author=_author(request))
            except ApiError:
                busy += 1
        if busy:
            messages.warning(request, f"{busy} projects are left out: prices are being applied there")

    def log_addition(self, request: HttpRequest, obj: Repricing, message: Any) -> None:
        """Leave it to the audit log: a check changes nothing."""

    def response_add(
        self, request: HttpRequest, obj: Repricing, post_url_continue: str | None = None
    ) -> HttpResponse:
        messages.success(request, "Workers are checking; apply what they find once they have.")
        return HttpResponseRedirect(reverse("admin:tracing_repricing_changelist"))

    @admin.action(description="Apply what was checked")
    def apply_selected(self, request: HttpRequest, queryset: QuerySet[Repricing]) -> None:
        refused = 0
        for run in queryset:
            try:
                apply_check(run.pk, project_id=run.project_id, author=_author(request))
            except ApiError:
                refused += 1
        if refused:
            messages.warning(request, f"{refused} were not in the state to be applied")
        messages.success(request, f"{queryset.count() - refused} are being applied")

    @admin.action(description="Discard")
    def discard_selected(self, request: HttpRequest, queryset: QuerySet[Repricing]) -> None:
        for run in queryset:
            discard_check(run.pk, project_id=run.project_id)


def _author(request: HttpRequest) -> Author:
    if not isinstance(request.user, User):
        raise TypeError("The admin is for users")
    return by_user(request.user)
