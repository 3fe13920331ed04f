"""What people fill in about themselves and their projects."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as allauth
from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password

from accounts import projects
from accounts.models import Membership, Project, User

_EMAIL = {"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}


class FirstRunForm(forms.Form):
    """The first admin's e-mail address and password."""

    email = forms.EmailField(
        label="E-mail", max_length=254, widget=forms.EmailInput(attrs={**_EMAIL, "autofocus": True})
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        max_length=1024,
        help_text=password_validators_help_text_html(),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        validate_password(password, User(email=self.cleaned_data.get("email", "")))
        return password


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    """How Rustrak looks and behaves for one person."""

    class Meta:
        model = User
        fields = ("name", "theme", "single_key_shortcuts")
        labels = {"name": "Name", "single_key_shortcuts": "Single-key shortcuts"}
        help_texts = {
            "name": "What others see beside your e-mail address.",
            "single_key_shortcuts": "Press ? on any page for its keys. Turn them off if speech input or your browser gets in the way.",
        }
        widgets = {"theme": forms.RadioSelect, "name": forms.TextInput(attrs={"autocomplete": "name"})}


class TokenForm(forms.Form):
    """What a new API token is for."""

    description = forms.CharField(label="What is it for?", max_length=200, required=False)


class NewProjectForm(forms.Form):
    """A new project's name."""

    name = forms.CharField(
        label="Name",
        max_length=projects.NAME_LENGTH,
        help_text="One project for each app or service that sends events, like Shop API.",
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
    )


class ProjectForm(forms.Form):
    """A project's name and slug."""

    name = forms.CharField(
        label="Name", max_length=projects.NAME_LENGTH, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    slug = forms.CharField(
        label="Slug",
        max_length=projects.SLUG_LENGTH,
        help_text="Part of the project's links and of issue ids such as SHOP-12. Old links stop working; the DSN stays.",
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )

    @classmethod
    def of(cls, project: Project) -> ProjectForm:
        return cls(initial={"name": project.name, "slug": project.slug})


class MemberForm(forms.Form):
    """Who joins a project, and as what."""

    email = forms.EmailField(
        label="E-mail",
        widget=forms.EmailInput(attrs={**_EMAIL, "autocomplete": "off"}),
    )
    role = forms.ChoiceField(label="Role", choices=Membership.Role.choices, initial=Membership.Role.MEMBER)


class _Plain:
    """Words allauth's forms as ours are: labels, no placeholders."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = str(field.label or name).capitalize()
            if name in {"email", "login"}:
                field.label = "E-mail"
                field.widget.attrs.update(_EMAIL)
        next(iter(self.fields.values())).widget.attrs["autofocus"] = True


class SignInForm(_Plain, allauth.LoginForm):  # type: ignore[misc]
    """E-mail address and password."""


class SignUpForm(_Plain, allauth.SignupForm):  # type: ignore[misc]
    """A new account, where registration is open."""


class ResetPasswordForm(_Plain, allauth.ResetPasswordForm):  # type: ignore[misc]
    """Whose password was forgotten."""


class ResetPasswordKeyForm(_Plain, allauth.ResetPasswordKeyForm):  # type: ignore[misc]
    """The new password, behind the link that was sent."""


class ChangePasswordForm(_Plain, allauth.ChangePasswordForm):  # type: ignore[misc]
    """The old password and the new one."""


class SetPasswordForm(_Plain, allauth.SetPasswordForm):  # type: ignore[misc]
    """A first password for an account that has none."""


class ReauthenticateForm(_Plain, allauth.ReauthenticateForm):  # type: ignore[misc]
    """The password once more."""
