"""Models that a project has used and what they cost: prices given to those without, the past re-priced after a look."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from accounts.ui.places import ProjectPlace, SignedInRequest, author_of, in_project
from langfuse_site.lib.errors import ApiError, message_of
from tracing.costs.definition import MAX_NAME
from tracing.models import Repricing, RepricingState
from tracing.queries.model_use import seen_models, share
from tracing.repricing.following import Following, read_following
from tracing.repricing.runs import advance, apply_check, discard_check, start_check
from tracing.store.prices import price_model

RANGES = (7, 30, 90, 365)
AT_ONCE_SECONDS = 1.5
"""A check of some ten thousand generations is done by the time its page is shown; workers go on with larger ones."""
SHOWN_RUNS = 8
SHOWN_MODELS = 20
MILLION = 1_000_000
OPEN = ("checking", "checked", "applying")


class RepriceForm(forms.Form):
    model = forms.CharField(
        required=False,
        label="Model",
        widget=forms.TextInput(attrs={"list": "models", "placeholder": "all of them", "autocomplete": "off"}),
    )
    since = forms.DateField(required=False, label="From", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(
        required=False, label="To, inclusive", widget=forms.DateInput(attrs={"type": "date"})
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since > until:
            self.add_error("until", "This is before the first day.")
        return cleaned

    def wish(self) -> dict[str, Any]:
        """Return what `start_check` takes: days are UTC."""
        since, until = self.cleaned_data["since"], self.cleaned_data["until"]
        return {
            "model": self.cleaned_data["model"] or None,
            "since": datetime.combine(since, time(), UTC) if since else None,
            "until": datetime.combine(until + timedelta(days=1), time(), UTC) if until else None,
        }


class PriceForm(forms.Form):
    """USD for a million units, as providers write it."""

    name = forms.CharField(max_length=MAX_NAME, label="Model")
    input_price = forms.DecimalField(
        min_value=0, max_value=MILLION, max_digits=20, decimal_places=12, label="Input, $ per million tokens"
    )
    output_price = forms.DecimalField(
        min_value=0, max_value=MILLION, max_digits=20, decimal_places=12, label="Output, $ per million tokens"
    )

    def prices(self) -> dict[str, Decimal]:
        """Return USD per unit by usage key."""
        data = self.cleaned_data
        return {"input": data["input_price"] / MILLION, "output": data["output_price"] / MILLION}


@in_project("models:CUD")
def prices(request: SignedInRequest, place: ProjectPlace) -> HttpResponse:
    initial = {"model": request.GET.get("model", "").replace("\x00", "")}
    return _page(request, place, form=RepriceForm(initial=initial))


@require_POST
@in_project("models:CUD")
def set_price(request: SignedInRequest, place: ProjectPlace) -> HttpResponse:
    """Give a model of exactly this name a price of the project's own, then ask for the past."""
    form = PriceForm(request.POST)
    if not form.is_valid():
        return _page(request, place, form=RepriceForm(), price=form)
    name = form.cleaned_data["name"]
    try:
        price_model(
            place.project.id,
            name,
            form.prices(),
            author=author_of(request),
            organization_id=place.organization.id,
        )
    except ApiError as error:
        form.add_error(None, message_of(error))
        return _page(request, place, form=RepriceForm(), price=form)
    messages.success(request, f"{name} has a price from now on. Check below what it changes in the past.")
    return redirect(f"{reverse('prices', args=[place.project.id])}?{urlencode({'model': name})}#past")


@require_POST
@in_project("models:CUD")
def check_prices(request: SignedInRequest, place: ProjectPlace) -> HttpResponse:
    form = RepriceForm(request.POST)
    if not form.is_valid():
        return _page(request, place, form=form)
    try:
        run = start_check(place.project, **form.wish(), author=author_of(request))
    except ApiError as error:
        form.add_error(None, message_of(error))
        return _page(request, place, form=form)
    until = timezone.now() + timedelta(seconds=AT_ONCE_SECONDS)
    while timezone.now() < until and advance(run.pk):
        pass
    return _past(place)


@require_POST
@in_project("models:CUD")
def apply_prices(request: SignedInRequest, place: ProjectPlace, repricing_id: str) -> HttpResponse:
    try:
        apply_check(repricing_id, project_id=place.project.id, author=author_of(request))
    except ApiError as error:
        messages.error(request, message_of(error))
    return _past(place)


@require_POST
@in_project("models:CUD")
def discard_prices(request: SignedInRequest, place: ProjectPlace, repricing_id: str) -> HttpResponse:
    discard_check(repricing_id, project_id=place.project.id)
    return _past(place)


def _past(place: ProjectPlace) -> HttpResponse:
    return redirect(f"{reverse('prices', args=[place.project.id])}#past")


def _page(
    request: SignedInRequest, place: ProjectPlace, *, form: RepriceForm, price: PriceForm | None = None
) -> HttpResponse:
    days = _days(request)
    seen = seen_models(place.project.id, since=timezone.now() - timedelta(days=days))
    runs = list(
        Repricing.objects.filter(project=place.project)
        .select_related("created_by")
        .order_by("-created_at")[:SHOWN_RUNS]
    )
    current = next((run for run in runs if run.state in OPEN), None)
    following = read_following(place.project.id)
    context = {
        "place": place,
        "seen": seen,
        "rows": [
            {
                "model": one,
                "key": sha256(one.use.name.encode()).hexdigest()[:16],
                "calls": share(one.use.calls, seen.calls),
                "tokens": share(one.use.tokens, seen.tokens),
                "is_old": _is_old(one.use.name, current, following),
            }
            for one in seen.models
        ],
        "days": days,
        "ranges": RANGES,
        "form": form,
        "price": price,
        "price_name": price["name"].value() if price else "",
        "current": current,
        "following": following,
        "is_moving": following is not None or (current is not None and current.state != "checked"),
        "found": _found(current) if current else [],
        "runs": [run for run in runs if run.state not in OPEN],
    }
    return render(request, "tracing/prices.html", context)


def _is_old(name: str, current: Repricing | None, following: Following | None) -> bool:
    """Say whether the cost that aggregates tell of this model is that of prices before."""
    runs = [current] if current and current.state == RepricingState.APPLYING else []
    runs += [following.run] if following else []
    return any(run.model in (None, name) for run in runs)


def _found(run: Repricing) -> list[tuple[str, int, Decimal, Decimal]]:
    """Return the models whose costs change most, first."""
    rows = [(name, count, Decimal(old), Decimal(new)) for name, (count, old, new) in run.by_model.items()]
    return sorted(rows, key=lambda row: -abs(row[3] - row[2]))[:SHOWN_MODELS]


def _days(request: SignedInRequest) -> int:
    asked = request.GET.get("days", "")
    return int(asked) if asked in {str(days) for days in RANGES} else 30
