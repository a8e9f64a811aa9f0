"""Change requests in the admin: the list, open ones first, and the page where they are reviewed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db import transaction
from django.db.models import Case, Count, Exists, IntegerField, OuterRef, QuerySet, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from accounts.admin_site import site, visitor_of
from accounts.audit import Author
from accounts.models import User
from accounts.templatetags.pages import when
from langfuse_site.lib.errors import ApiError, message_of
from prompts.admin.comparing import diff_of
from prompts.admin.forms import ReviewForm
from prompts.admin.listing import ProjectFilter
from prompts.admin.places import Place, TeamAdmin, show
from prompts.changes import (
    UNDECIDED,
    Standing,
    rebase_change,
    review_change,
    standing_of,
    withdraw_change,
)
from prompts.models import ChangeRequestReview, ChangeStatus, PromptChangeRequest, PromptVersion, Verdict
from prompts.rules import rules_of

STEPS: dict[str, Callable[..., PromptChangeRequest]] = {"withdraw": withdraw_change, "rebase": rebase_change}
"""What a button does beside a review."""
SAID = {
    ChangeStatus.OPEN: "Saved.",
    ChangeStatus.APPROVED: "The approvals are there, but the label has moved meanwhile: rebase the request.",
    ChangeStatus.MERGED: "The label has moved: {label} is on version {version} now.",
    ChangeStatus.REJECTED: "The change is rejected.",
    ChangeStatus.WITHDRAWN: "The change request is withdrawn.",
}


OPEN_FIRST = Case(When(status__in=UNDECIDED, then=Value(0)), default=Value(1), output_field=IntegerField())


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("mine", "Mine to review"), ("own", "My own"), *ChangeStatus.choices]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[PromptChangeRequest]
    ) -> QuerySet[PromptChangeRequest]:
        user = visitor_of(request).user
        if self.value() == "mine":
            return queryset.filter(~reviewed_by(user), status=ChangeStatus.OPEN).exclude(author=user)
        if self.value() == "own":
            return queryset.filter(author=user)
        return queryset.filter(status=self.value()) if self.value() in ChangeStatus.values else queryset


def reviewed_by(user: User) -> Exists:
    """Return the condition that somebody has approved or rejected a change request as it is based now."""
    verdicts = ChangeRequestReview.objects.filter(
        change_request=OuterRef("pk"), reviewer=user, created_at__gte=OuterRef("based_at")
    )
    return Exists(verdicts.exclude(verdict=Verdict.COMMENT))


class ProjectOfChangeFilter(ProjectFilter):
    path = "prompt__project_id"


@admin.register(PromptChangeRequest, site=site)
class ChangeRequestAdmin(TeamAdmin):
    """What is proposed for labels of the visitor's projects."""

    menu_title = "Change requests"
    menu_icon = "rule"
    menu_place = 2

    project_path = "prompt__project"
    list_display = ("title", "prompt_name", "move", "author_name", "state", "said", "age")
    list_filter = (StateFilter, ProjectOfChangeFilter)
    list_fullwidth = True
    list_filter_sheet = True
    search_fields = ("prompt__name", "label", "message")
    search_help_text = "Search prompts, labels and messages"
    list_select_related = ("prompt", "version", "author")
    ordering = (OPEN_FIRST, "-created_at", "-pk")

    class Media:
        css = {"all": ("site/prompts.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[PromptChangeRequest]:
        rows: QuerySet[PromptChangeRequest] = super().get_queryset(request)
        return rows.defer("version__content", "version__config").annotate(review_count=Count("reviews"))

    @display(description="Change")
    def title(self, change: PromptChangeRequest) -> SafeString:
        text = (change.message.strip().splitlines() or [str(change)])[0]
        return format_html('<span class="pr-name">{}</span>', text[:120])

    @display(description="Prompt")
    def prompt_name(self, change: PromptChangeRequest) -> str:
        return change.prompt.name

    @display(description="Label")
    def move(self, change: PromptChangeRequest) -> SafeString:
        return format_html(
            '<span class="pr-label">{}</span> <span class="pr-num">{} → {}</span>',
            change.label,
            change.base_number or "–",
            change.version.version,
        )

    @display(description="By")
    def author_name(self, change: PromptChangeRequest) -> str:
        return change.author.get_full_name() if change.author else "somebody who left"

    @display(description="State")
    def state(self, change: PromptChangeRequest) -> SafeString:
        return format_html(
            '<span class="pr-state {}">{}</span>', change.status, ChangeStatus(change.status).label
        )

    @display(description="Reviews")
    def said(self, change: Any) -> SafeString:
        return format_html('<span class="pr-num">{}</span>', change.review_count or "")

    @display(description="Proposed")
    def age(self, change: PromptChangeRequest) -> str:
        return when(change.created_at)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        change = (
            super()
            .get_queryset(request)
            .select_related("prompt__project__organization", "version", "base", "author")
            .filter(pk=unquote(object_id).replace("\x00", ""))
            .first()
        )
        if change is None:
            raise Http404("No such change request")
        if request.method == "POST":
            return self._act(request, change)
        return self._page(request, change, ReviewForm())

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        return self.change_view(request, object_id)

    def _act(self, request: HttpRequest, change: PromptChangeRequest) -> HttpResponse:
        """Do what a button of the page asks for; what is refused comes back with the text that was typed."""
        author, action = Place(change.prompt, visitor_of(request)).author, request.POST.get("action", "")
        project_id = change.prompt.project_id
        step, text = STEPS.get(action), request.POST.get("text", "").strip()
        form = ReviewForm({"verdict": Verdict.COMMENT if step else action, "text": text})
        is_said = bool(text) or step is None
        if is_said and not form.is_valid():
            return self._page(request, change, form)
        try:
            with transaction.atomic():
                # What was typed before the request is withdrawn or rebased stays as a comment.
                done = _say(form, project_id, change.pk, author=author) if is_said else change
                done = step(project_id, change.pk, author=author) if step else done
        except ApiError as error:
            change.refresh_from_db(fields=["status"])
            return self._page(request, change, form, error=message_of(error))
        said = SAID[ChangeStatus(done.status)].format(label=done.label, version=change.version.version)
        messages.success(request, said)
        return redirect(request.path)

    def _page(
        self, request: HttpRequest, change: PromptChangeRequest, form: ReviewForm, *, error: str = ""
    ) -> HttpResponse:
        place, standing = Place(change.prompt, visitor_of(request)), standing_of(change)
        against = _against(change, standing)
        return show(
            request,
            "change_request.html",
            f"Version {change.version.version} for {change.label}",
            opts=self.opts,
            original=change,
            place=place,
            change=change,
            state=ChangeStatus(change.status),
            is_undecided=change.status in UNDECIDED,
            standing=standing,
            form=form,
            error=error,
            reviews=change.reviews.select_related("reviewer").order_by("created_at", "pk"),
            against=against,
            diff=diff_of(against, change.version),
            rights=_rights(place, change),
        )


def _say(form: ReviewForm, project_id: str, change_id: str, *, author: Author) -> PromptChangeRequest:
    verdict, text = Verdict(form.cleaned_data["verdict"]), form.cleaned_data["text"]
    return review_change(project_id, change_id, verdict=verdict, author=author, text=text)


@dataclass(frozen=True, slots=True)
class Rights:
    """What the visitor may do with a change request. `refusal`: why it is not theirs to approve."""

    comment: bool
    decide: bool
    withdraw: bool
    refusal: str


def _rights(place: Place, change: PromptChangeRequest) -> Rights:
    own = change.author_id == place.visitor.user.pk
    rule = rules_of(place.project_id).protected.get(change.label)
    refusal = ""
    if not place.may_edit:
        refusal = "Your role reads prompts; members and above review."
    elif own and not (rule and rule.own_approval_counts):
        refusal = "This is your own request: somebody else of your team approves it."
    elif rule is not None and not place.may_protect:
        refusal = f"{change.label} is protected: admins and owners approve or reject."
    return Rights(
        comment=place.may_edit,
        decide=not refusal,
        withdraw=place.may_protect or (own and place.may_edit),
        refusal=refusal,
    )


def _against(change: PromptChangeRequest, standing: Standing) -> PromptVersion | None:
    """Return what the label serves now; for a closed request, what it served when the request was based."""
    number = standing.holder if change.status in UNDECIDED else change.base_number
    return change.prompt.versions.filter(version=number).first() if number else None
