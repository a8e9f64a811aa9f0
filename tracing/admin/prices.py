"""Models of the whole installation and their prices in the admin; a project's own are shown there too."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from unfold.admin import StackedInline
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.admin_site import LeanAdmin, site
from accounts.audit import by_user, record
from accounts.models import User
from tracing.costs.definition import MAX_NAME, TOKENIZERS, UNITS, pattern_fault, price_text, tier_faults
from tracing.models import Model, PricingTier
from tracing.queries.prices import forget_matches, is_pattern
from tracing.store.prices import audit_shape


class ModelForm(forms.ModelForm):  # type: ignore[type-arg]
    model_name = forms.CharField(max_length=MAX_NAME)
    unit = forms.ChoiceField(choices=[(unit, unit.lower()) for unit in UNITS], widget=UnfoldAdminSelectWidget)
    tokenizer_id = forms.ChoiceField(
        choices=[("", "none"), *((name, name) for name in TOKENIZERS)],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )

    class Meta:
        model = Model
        fields = ("model_name", "match_pattern", "start_date", "unit", "tokenizer_id", "tokenizer_config")

    def clean_model_name(self) -> str:
        name: str = self.cleaned_data["model_name"]
        if Model.objects.filter(project=None, model_name=name).exclude(pk=self.instance.pk).exists():
            raise ValidationError("The installation has a model of this name")
        return name

    def clean_match_pattern(self) -> str:
        pattern: str = self.cleaned_data["match_pattern"]
        fault = pattern_fault(pattern)
        if fault or not is_pattern(pattern):
            raise ValidationError(fault or "Not a regular expression that PostgreSQL takes")
        return pattern

    def clean_tokenizer_id(self) -> str | None:
        return self.cleaned_data["tokenizer_id"] or None

    def clean_tokenizer_config(self) -> dict[str, Any] | None:
        config = self.cleaned_data["tokenizer_config"]
        if config is not None and not isinstance(config, dict):
            raise ValidationError("Expected a JSON object")
        return config


class TierForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = PricingTier
        fields = ("name", "is_default", "priority", "conditions", "prices")

    def clean_prices(self) -> dict[str, str]:
        prices = self.cleaned_data["prices"]
        if not isinstance(prices, dict):
            raise ValidationError('Expected an object, like {"input": "0.0000025", "output": "0.00001"}')
        texts = {key: price_text(price) for key, price in prices.items()}
        if None in texts.values():
            raise ValidationError("Expected numbers that are not negative: USD per unit")
        return {key: text for key, text in texts.items() if text is not None}


class TierFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    def clean(self) -> None:
        """Check the tiers together: the same rules as the API's."""
        super().clean()
        filled = [form.cleaned_data for form in self.forms if form.is_valid() and form.cleaned_data]
        bodies = [
            {
                "name": tier["name"],
                "isDefault": tier["is_default"],
                "priority": tier["priority"],
                "conditions": tier["conditions"] or [],
                "prices": tier["prices"],
            }
            for tier in filled
            if not tier.get("DELETE")
        ]
        if not bodies:
            raise ValidationError("A model needs a default tier")
        faults = tier_faults(bodies)
        if faults:
            raise ValidationError([str(fault["message"]) for fault in faults])


class TierInline(StackedInline):
    model = PricingTier
    form = TierForm
    formset = TierFormSet
    extra = 0
    min_num = 1
    ordering = ("priority",)


@admin.register(Model, site=site)
class ModelAdmin(LeanAdmin):
    """Prices for everybody; what belongs to a project is changed by its keys and on its pages."""

    form = ModelForm
    inlines = (TierInline,)
    list_display = ("model_name", "match_pattern", "owner", "start_date", "updated_at")
    list_filter = (("project", admin.EmptyFieldListFilter),)
    search_fields = ("model_name", "=id", "=project__id")
    ordering = ("model_name", "id")
    list_select_related = ("project",)
    actions: Any = ()

    @admin.display(description="of")
    def owner(self, model: Model) -> str:
        return model.project.name if model.project else "the installation"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        queryset: QuerySet[Model] = super().get_queryset(request)
        return queryset.select_related("project")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.project_id is None)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.project_id is None)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer none: deletion of a selection would pass by the check of each model."""
        return {}

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        form.audited_before = audit_shape(Model.objects.get(pk=obj.pk)) if change else None
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        action = "update" if change else "create"
        _audit(request, action, form.instance, before=form.audited_before, after=audit_shape(form.instance))

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        _audit(request, "delete", obj, before=audit_shape(obj), after=None)
        super().delete_model(request, obj)


def _audit(request: HttpRequest, action: str, model: Model, *, before: Any, after: Any) -> None:
    if not isinstance(request.user, User):
        raise TypeError("The admin is for users")
    record(
        by_user(request.user),
        action,
        resource_type="model",
        resource_id=model.id,
        before=before,
        after=after,
    )
    forget_matches()
