"""What people type into the pages of accounts, cleaned; the services check the rules."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from allauth.account.forms import LoginForm, SignupForm
from django import forms
from django.utils import timezone

from accounts.models import Project, Role

MAX_NAME = 200
KEY_LIFETIMES = {"": "Never", "30": "In 30 days", "90": "In 90 days", "365": "In a year"}


class SignUpForm(SignupForm):
    name = forms.CharField(
        max_length=MAX_NAME, label="Name", widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    field_order = ["name", "email", "password1"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = "At least 8 characters, and not a common password."
        without_placeholders(self)


class SignInForm(LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        without_placeholders(self)


class NameForm(forms.Form):
    name = forms.CharField(
        max_length=MAX_NAME, label="Name", widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class ConfirmForm(forms.Form):
    """Deleting asks for the name of what goes."""

    confirmation = forms.CharField(label="Name", widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args: Any, expected: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = expected
        self.fields["confirmation"].label = f"Type “{expected}” to confirm"

    def clean_confirmation(self) -> str:
        typed: str = self.cleaned_data["confirmation"]
        if typed != self.expected.strip():
            raise forms.ValidationError("This is not the name.")
        return typed


class ApiKeyForm(forms.Form):
    note = forms.CharField(
        required=False,
        max_length=1_000,
        label="Note",
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "Where this key is used"}),
    )
    lifetime = forms.ChoiceField(required=False, choices=list(KEY_LIFETIMES.items()), label="Expires")

    def expires_at(self) -> datetime | None:
        days = self.cleaned_data["lifetime"]
        return timezone.now() + timedelta(days=int(days)) if days else None


class RoleForm(forms.Form):
    role = forms.ChoiceField(label="Role")

    def __init__(self, *args: Any, highest: Role, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = role_choices(highest)  # type: ignore[attr-defined]


class InvitationForm(RoleForm):
    email = forms.EmailField(widget=forms.EmailInput(attrs={"placeholder": "name@example.com"}))
    project = forms.ModelChoiceField(
        Project.objects.none(), required=False, empty_label="All, by the role above", label="Project"
    )
    project_role = forms.ChoiceField(required=False, label="Role in this project")
    field_order = ["email", "role", "project", "project_role"]

    def __init__(self, *args: Any, projects: Any, highest: Role, **kwargs: Any) -> None:
        super().__init__(*args, highest=highest, **kwargs)
        self.fields["project"].queryset = projects  # type: ignore[attr-defined]
        choices = [("", "—"), *(choice for choice in role_choices(highest) if choice[0] != Role.NONE)]
        self.fields["project_role"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if bool(cleaned.get("project")) != bool(cleaned.get("project_role")):
            self.add_error("project_role", "A project and a role in it go together.")
        return cleaned


def without_placeholders(form: forms.BaseForm) -> None:
    """Leave out placeholders that only say the label again."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)


def role_choices(highest: Role) -> list[tuple[str, str]]:
    """Return the roles that somebody of this rank may give, the least first."""
    return [(role.value, role.label) for role in sorted(_given_by(highest), key=lambda role: role.rank)]


def _given_by(highest: Role) -> Iterable[Role]:
    return (role for role in Role if role.rank <= highest.rank)
