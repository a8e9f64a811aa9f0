"""The budget of a project: how far the month is, who is told, and whether the messages came through."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.models import Role
from accounts.roles import members_with_role
from accounts.ui.places import ProjectPlace, SignedInRequest, author_of, in_project
from analytics.budgets.deliveries import SIGNATURE, secret_of, send_test
from analytics.budgets.months import zone_names
from analytics.budgets.notices import THRESHOLDS, standing_of
from analytics.budgets.settings import Wish, change_secret, delete_budget, save_budget
from analytics.models import Budget, BudgetNotice, NoticeDelivery
from langfuse_site.lib.errors import ApiError, message_of

SHOWN_NOTICES = 12
SHOWN_DELIVERIES = 20
MAX_URL = 2_000
CHANGE = "project:update"


class BudgetForm(forms.Form):
    amount = forms.DecimalField(
        min_value=1, max_digits=12, decimal_places=2, label="Budget, $ a month", localize=False
    )
    zone = forms.ChoiceField(label="Months begin in", choices=[(name, name) for name in zone_names()])
    sends_emails = forms.BooleanField(required=False, label="Email to owners and admins of the project")
    webhook_url = forms.CharField(
        required=False,
        max_length=MAX_URL,
        label="Webhook",
        widget=forms.TextInput(attrs={"placeholder": "https://example.com/hook", "autocomplete": "off"}),
    )

    def wish(self) -> Wish:
        return Wish(**self.cleaned_data)


@in_project("project:read")
def budget(request: SignedInRequest, place: ProjectPlace) -> HttpResponse:
    if request.method != "POST":
        return _page(request, place)
    # Opening it again with the scope that changes need tells those without it what they lack.
    return _save(request, project_id=place.project.id)


@in_project(CHANGE)
def _save(request: SignedInRequest, place: ProjectPlace) -> HttpResponse:
    form = BudgetForm(request.POST)
    if form.is_valid():
        try:
            save_budget(place.project, form.wish(), author=author_of(request))
        except ApiError as error:
            form.add_error("webhook_url", message_of(error))
        else:
            messages.success(request, "Saved.")
            return redirect("budget", place.project.id)
    return _page(request, place, form=form)


@require_POST
@in_project(CHANGE)
def remove_budget(request: SignedInRequest, place: ProjectPlace) -> HttpResponse:
    delete_budget(_existing(place), author=author_of(request))
    messages.success(request, "The budget is deleted.")
    return redirect("budget", place.project.id)


@require_POST
@in_project(CHANGE)
def renew_secret(request: SignedInRequest, place: ProjectPlace) -> HttpResponse:
    change_secret(_existing(place), author=author_of(request))
    messages.success(request, "Webhooks are signed with the new secret from now on.")
    return redirect("budget", place.project.id)


@require_POST
@in_project(CHANGE)
def send_test_notice(request: SignedInRequest, place: ProjectPlace) -> HttpResponse:
    existing = _existing(place)
    if not existing.webhook_url:
        raise Http404("There is no webhook")
    delivery = send_test(existing)
    if delivery.delivered_at:
        messages.success(request, f"{existing.webhook_url} has answered {delivery.status}.")
    else:
        messages.error(request, f"Not delivered: {delivery.error or f'it has answered {delivery.status}'}.")
    return redirect("budget", place.project.id)


def _existing(place: ProjectPlace) -> Budget:
    found = Budget.objects.select_related("project__organization").filter(project=place.project).first()
    if found is None:
        raise Http404("There is no budget")
    return found


def _page(request: SignedInRequest, place: ProjectPlace, *, form: BudgetForm | None = None) -> HttpResponse:
    saved = Budget.objects.filter(project=place.project).first()
    may_change = CHANGE in place.scopes
    now = timezone.now()
    context: dict[str, Any] = {
        "place": place,
        "budget": saved,
        "may_change": may_change,
        "notices": BudgetNotice.objects.filter(project=place.project).order_by("-created_at", "-threshold")[
            :SHOWN_NOTICES
        ],
        "thresholds": THRESHOLDS,
        "mails": bool(settings.SMTP_CONNECTION_URL),
        "now": now,
    }
    if saved:
        standing = standing_of(saved, now=now)
        context |= {"standing": standing, "month_share": int(100 * standing.month.elapsed(now))}
    if may_change:
        context |= {
            "form": form or BudgetForm(initial=_initial(saved)),
            "secret": secret_of(saved) if saved and saved.webhook_url else "",
            "signature": SIGNATURE,
            "deliveries": NoticeDelivery.objects.filter(project=place.project)
            .select_related("notice")
            .order_by("-created_at", "channel", "target")[:SHOWN_DELIVERIES],
            "recipients": members_with_role(place.project, least=Role.ADMIN),
        }
    return render(request, "analytics/budget.html", context)


def _initial(saved: Budget | None) -> dict[str, Any]:
    if saved is None:
        return {"zone": "UTC", "sends_emails": True}
    return {
        "amount": saved.amount,
        "zone": saved.zone,
        "sends_emails": saved.sends_emails,
        "webhook_url": saved.webhook_url,
    }
