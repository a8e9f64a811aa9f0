"""The rules of labels in the admin: which are protected and by how many approvals, which never move."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from accounts.admin_site import Served, site, visitor_of
from accounts.audit import Author, by_user
from langfuse_site.lib.errors import ApiError, message_of
from prompts.admin.forms import check_label, split_names
from prompts.admin.listing import ProjectFilter
from prompts.admin.places import TeamAdmin
from prompts.models import PromptPolicy, ProtectedLabel
from prompts.rules import (
    MAX_APPROVALS,
    PROTECTED,
    patterns_problem,
    protect_label,
    set_immutable_labels,
    unprotect_label,
)


class RuleAdmin(Served, TeamAdmin):
    """An admin of rules: members read them, admins and owners of a project change them."""

    list_filter = (ProjectFilter,)
    list_select_related = ("project", "project__organization")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return visitor_of(request).can(PROTECTED)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        project_id = getattr(obj, "project_id", None)
        return visitor_of(request).can(PROTECTED, project_id)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "project":
            kwargs["queryset"] = projects = self._projects(request)
            kwargs["initial"] = projects.first() if projects.count() == 1 else None
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return () if obj is None else ("project",)

    def _projects(self, request: HttpRequest) -> QuerySet[Any]:
        ids = [project.pk for project in visitor_of(request).projects_with(PROTECTED)]
        projects = ProtectedLabel._meta.get_field("project").related_model._default_manager
        rows: QuerySet[Any] = projects.filter(pk__in=ids).order_by("name")
        return rows


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """The rule of a label, in words that explain it."""

    class Meta:
        model = ProtectedLabel
        fields = ("project", "label", "required_approvals", "own_approval_counts", "covers_api_keys")
        widgets = {"label": UnfoldAdminTextInputWidget}
        labels = {
            "covers_api_keys": "API keys, too",
            "own_approval_counts": "The author's own approval counts",
        }
        help_texts = {
            "label": "Such as production. Only admins and owners move a protected label.",
            "required_approvals": (
                "0: admins and owners move it directly. More: it moves by a change request that so many "
                "of them approve."
            ),
            "covers_api_keys": "Off: whoever has a key of the project moves the label by API, as with Langfuse.",
        }

    def clean_label(self) -> str:
        label = str(self.cleaned_data["label"]).strip()
        check_label(label)
        return label

    def clean_required_approvals(self) -> int:
        number = int(self.cleaned_data["required_approvals"])
        if number > MAX_APPROVALS:
            raise forms.ValidationError(f"At most {MAX_APPROVALS}")
        return number


@admin.register(ProtectedLabel, site=site)
class LabelRuleAdmin(RuleAdmin):
    """Protected labels."""

    menu_title = "Protected labels"
    menu_icon = "shield_lock"
    menu_place = 3

    form = RuleForm
    list_display = ("label", "project_name", "approvals", "own_counts", "covers_keys")
    search_fields = ("label",)
    ordering = ("project__name", "label")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return () if obj is None else ("project", "label")

    @display(description="Project", ordering="project__name")
    def project_name(self, rule: ProtectedLabel) -> str:
        return f"{rule.project.organization.name} / {rule.project.name}"

    @display(description="Moves by", ordering="required_approvals")
    def approvals(self, rule: ProtectedLabel) -> str:
        number = rule.required_approvals
        if not number:
            return "admins and owners"
        return f"change request, {number} approval{'' if number == 1 else 's'}"

    @display(description="Author's own counts", boolean=True)
    def own_counts(self, rule: ProtectedLabel) -> bool:
        return rule.own_approval_counts

    @display(description="API keys, too", boolean=True)
    def covers_keys(self, rule: ProtectedLabel) -> bool:
        return rule.covers_api_keys

    def save_model(self, request: HttpRequest, obj: ProtectedLabel, form: Any, change: bool) -> None:
        saved = protect_label(
            obj.project_id,
            obj.label,
            author=_author(request),
            required_approvals=obj.required_approvals,
            own_approval_counts=obj.own_approval_counts,
            covers_api_keys=obj.covers_api_keys,
        )
        obj.pk = saved.pk

    def delete_model(self, request: HttpRequest, obj: ProtectedLabel) -> None:
        unprotect_label(obj.project_id, obj.label, author=_author(request))

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        try:
            response: HttpResponse = super().delete_view(request, object_id, extra_context)
        except ApiError as error:
            messages.error(request, message_of(error))
            return redirect("admin:prompts_protectedlabel_changelist")
        return response


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]
    """The patterns of a project, one a line."""

    patterns = forms.CharField(
        required=False,
        label="Immutable labels",
        widget=UnfoldAdminTextareaWidget,
        help_text=(
            "One a line. # stands for a number, * for anything: v#.#.# holds for v1.2.3. "
            "Such a label never moves once it is set."
        ),
    )

    class Meta:
        model = PromptPolicy
        fields = ("project",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["patterns"].initial = "\n".join(self.instance.immutable_labels)

    def clean_patterns(self) -> list[str]:
        patterns = split_names(str(self.cleaned_data["patterns"]))
        problem = patterns_problem(patterns)
        if problem:
            raise forms.ValidationError(problem)
        return patterns


@admin.register(PromptPolicy, site=site)
class PolicyAdmin(RuleAdmin):
    """Which labels never move, by project."""

    menu_title = "Immutable labels"
    menu_icon = "lock"
    menu_place = 4

    form = PolicyForm
    fields = ("project", "patterns")
    list_display = ("project_name", "pattern_list")
    ordering = ("project__name",)

    @display(description="Project", ordering="project__name")
    def project_name(self, policy: PromptPolicy) -> str:
        return f"{policy.project.organization.name} / {policy.project.name}"

    @display(description="Immutable labels")
    def pattern_list(self, policy: PromptPolicy) -> str:
        return ", ".join(policy.immutable_labels) or "none"

    def save_model(self, request: HttpRequest, obj: PromptPolicy, form: Any, change: bool) -> None:
        set_immutable_labels(obj.project_id, form.cleaned_data["patterns"], author=_author(request))


def _author(request: HttpRequest) -> Author:
    return by_user(visitor_of(request).user)
