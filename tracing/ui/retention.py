"""How long a project keeps its traces, in and out: nothing is saved before it was shown what would go."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core import signing
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.services.projects import MAX_RETENTION_DAYS, MIN_RETENTION_DAYS
from accounts.ui.places import ProjectPlace, SignedInRequest, author_of, in_project
from langfuse_site.lib.errors import ApiError, message_of
from tracing.models import RetentionRun
from tracing.queries.recent import recent_names
from tracing.retention.preview import Preview, preview
from tracing.retention.rules import (
    MAX_RULES,
    MAX_TEXT,
    Policy,
    Rule,
    clean_policy,
    policy_of,
    policy_shape,
    save_policy,
)
from tracing.retention.runs import start_due_runs

SALT = "tracing.retention"
VALID_SECONDS = 3_600
"""After this a preview is made anew: it tells too little of what would go now."""
SHOWN_RUNS = 8
KEPT = {
    "keep_bookmarked": "Bookmarked traces, and traces of bookmarked sessions",
    "keep_scored": "Traces with scores",
    "keep_experiments": "Traces of experiments, and scores of their runs",
}


class DaysField(forms.IntegerField):
    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, min_value=0, max_value=MAX_RETENTION_DAYS, **options)
        self.widget.attrs["placeholder"] = "for ever"

    def clean(self, value: Any) -> int | None:
        days: int | None = super().clean(value)
        if days and days < MIN_RETENTION_DAYS:
            raise forms.ValidationError(f"At least {MIN_RETENTION_DAYS} days.")
        return days or None


class PolicyForm(forms.Form):
    days = DaysField(label="Keep traces for (days)", help_text="Empty keeps them for ever.")
    keep_bookmarked = forms.BooleanField(required=False, label=KEPT["keep_bookmarked"])
    keep_scored = forms.BooleanField(required=False, label=KEPT["keep_scored"])
    keep_experiments = forms.BooleanField(required=False, label=KEPT["keep_experiments"])


class RuleForm(forms.Form):
    environment = forms.CharField(
        required=False,
        max_length=MAX_TEXT,
        widget=forms.TextInput(attrs={"placeholder": "any", "list": "environments"}),
    )
    tag = forms.CharField(
        required=False,
        max_length=MAX_TEXT,
        widget=forms.TextInput(attrs={"placeholder": "any", "list": "tags"}),
    )
    days = DaysField()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("days") and not cleaned.get("environment") and not cleaned.get("tag"):
            self.add_error("environment", "Name an environment or a tag.")
        return cleaned

    def rule(self) -> Rule | None:
        """Return the rule of this line; None for one that was left or made empty."""
        typed = self.cleaned_data  # Without fields where the whole line is empty.
        environment, tag = typed.get("environment") or None, typed.get("tag") or None
        return Rule(environment, tag, typed["days"]) if environment or tag else None


RuleFormSet = forms.formset_factory(RuleForm, extra=1, max_num=MAX_RULES, absolute_max=MAX_RULES + 1)


@in_project("project:update")
def retention(request: SignedInRequest, place: ProjectPlace) -> HttpResponse:
    if request.method != "POST":
        return _page(request, place, *_forms_of(policy_of(place.project)))
    if request.POST.get("action") == "add":
        typed = _with_one_more(request.POST)
        return _page(request, place, PolicyForm(typed), RuleFormSet(typed, prefix="rules"))
    form, rules = PolicyForm(request.POST), RuleFormSet(request.POST, prefix="rules")
    policy = _typed(form, rules)
    if policy is None:
        return _page(request, place, form, rules)
    if request.POST.get("action") == "save" and _was_shown(request.POST.get("shown", ""), place, policy):
        save_policy(place.project, policy, author=author_of(request))
        start_due_runs(timezone.now())
        messages.success(request, "Saved. What has expired goes from now on, a portion at a time.")
        return redirect("retention", place.project.id)
    shown = preview(place.project.id, policy, now=timezone.now())
    return _page(request, place, form, rules, shown=shown, policy=policy)


def _forms_of(policy: Policy) -> tuple[PolicyForm, Any]:
    form = PolicyForm(initial={"days": policy.days, **{name: getattr(policy, name) for name in KEPT}})
    lines = [
        {"environment": rule.environment, "tag": rule.tag, "days": rule.days} for rule in policy.rules[:-1]
    ]
    return form, RuleFormSet(initial=lines, prefix="rules")


def _typed(form: PolicyForm, rules: Any) -> Policy | None:
    """Return what was typed as a policy; where it is none, the forms say why."""
    if not (form.is_valid() and rules.is_valid()):
        return None
    kept = {name: form.cleaned_data[name] for name in KEPT}
    lines = [rule for line in rules if (rule := line.rule()) is not None]
    try:
        return clean_policy(form.cleaned_data["days"], lines, **kept)
    except ApiError as error:
        form.add_error(None, message_of(error))
        return None


def _with_one_more(data: QueryDict) -> QueryDict:
    typed = data.copy()
    count = data.get("rules-TOTAL_FORMS", "0")
    lines = int(count) if count.isascii() and count.isdigit() and len(count) < 4 else 0
    typed["rules-TOTAL_FORMS"] = str(min(lines + 1, MAX_RULES))
    return typed


def _was_shown(token: str, place: ProjectPlace, policy: Policy) -> bool:
    try:
        shown = signing.loads(token, salt=SALT, max_age=VALID_SECONDS)
    except signing.BadSignature:
        return False
    return bool(shown == [place.project.id, policy_shape(policy)])


def _page(
    request: SignedInRequest,
    place: ProjectPlace,
    form: PolicyForm,
    rules: Any,
    *,
    shown: Preview | None = None,
    policy: Policy | None = None,
) -> HttpResponse:
    runs = list(RetentionRun.objects.filter(project=place.project).order_by("-started_at")[:SHOWN_RUNS])
    token = signing.dumps([place.project.id, policy_shape(policy)], salt=SALT) if policy else ""
    context = {
        "place": place,
        "form": form,
        "rules": rules,
        "shown": shown,
        "token": token,
        "runs": runs,
        "is_running": any(run.finished_at is None for run in runs),
        "recent": recent_names(place.project.id),
        "saved": policy_of(place.project),
    }
    return render(request, "tracing/retention.html", context)
