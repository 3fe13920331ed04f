"""Forms for accounts and projects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.account import forms as allauth
from allauth.core import context
from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.core.validators import MaxLengthValidator
from django.db import transaction
from django.http import HttpRequest

from accounts import audit, projects, teams
from accounts.credentials import password_user
from accounts.models import GroupingMechanism, Membership, Project, User
from accounts.sign_in import attempts, limits, notices, reset_mail
from accounts.sign_in.hashing import MAX_PASSWORD_LENGTH
from rustrak.lib import clock
from rustrak.local_times import zones

_PASSWORDS = {"password", "oldpassword", "password1", "password2"}
_EMAIL = {"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}


class FirstRunForm(forms.Form):
    """The first admin's e-mail address and password."""

    email = forms.EmailField(
        label="E-mail", max_length=254, widget=forms.EmailInput(attrs={**_EMAIL, "autofocus": True})
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        max_length=MAX_PASSWORD_LENGTH,
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
    """A user's name and preferences."""

    class Meta:
        model = User
        fields = ("name", "theme", "time_zone", "date_format", "single_key_shortcuts")
        labels = {
            "name": "Name",
            "single_key_shortcuts": "Single-key shortcuts",
            "date_format": "Dates and times",
        }
        help_texts = {
            "name": "Shown to others beside your e-mail address.",
            "single_key_shortcuts": "Press ? on any page to see them. Turn them off if they conflict with speech input or your browser.",
        }
        widgets = {
            "theme": forms.RadioSelect,
            "date_format": forms.RadioSelect,
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = self.instance.time_zone
        offered = zones.places() if stored in ("", *zones.places()) else (stored, *zones.places())
        self.fields["time_zone"] = forms.ChoiceField(
            label="Time zone",
            choices=[("", "That of the browser"), *((name, name.replace("_", " ")) for name in offered)],
            required=False,
            help_text="Of all times on pages, also in dates that you enter. Days of charts and dates in searches are in UTC, "
            "so that they mean the same to everybody.",
        )
        self.fields["date_format"].required = False

    # A form that does not say them, as of a script, leaves both as they are.
    def clean_time_zone(self) -> str:
        given = self.cleaned_data["time_zone"] if "time_zone" in self.data else self.instance.time_zone
        return str(given)

    def clean_date_format(self) -> str:
        return str(self.cleaned_data["date_format"] or self.instance.date_format)


_GROUPING = [
    (
        GroupingMechanism.SMART.value,
        "Smart: numbers, ids, quoted texts, paths and other values in messages are ignored, and the function where it happened counts",
    ),
    (
        GroupingMechanism.CLASSIC.value,
        "Classic: the first line of the message and the transaction, word for word",
    ),
]


class GroupingForm(forms.Form):
    """How the events of a project are grouped."""

    grouping = forms.ChoiceField(label="Grouping", choices=_GROUPING, widget=forms.RadioSelect)


class NewProjectForm(forms.Form):
    """The name of a new project, and how its events are grouped: without a choice as scripts have it, by the classic mechanism."""

    name = forms.CharField(
        label="Name",
        max_length=projects.NAME_LENGTH,
        help_text="Create one project for each app or service that sends events, such as Shop API.",
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
    )
    # Smart is proposed: what is known of the project does not depend on its keys yet.
    grouping = forms.ChoiceField(
        label="Grouping",
        choices=_GROUPING,
        initial=GroupingMechanism.SMART.value,
        required=False,
        widget=forms.RadioSelect,
    )

    def clean_grouping(self) -> GroupingMechanism:
        return GroupingMechanism(self.cleaned_data["grouping"] or GroupingMechanism.CLASSIC)


class ProjectForm(forms.Form):
    """A project's name and slug."""

    name = forms.CharField(
        label="Name", max_length=projects.NAME_LENGTH, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    slug = forms.CharField(
        label="Slug",
        max_length=projects.SLUG_LENGTH,
        help_text="Part of the project's links and of issue ids such as SHOP-12. After a change, links and issue ids with the old slug still lead here, until another project takes it. The DSN stays.",
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )

    @classmethod
    def of(cls, project: Project) -> ProjectForm:
        return cls(initial={"name": project.name, "slug": project.slug})


class MemberForm(forms.Form):
    """The e-mail address and role of a new member."""

    email = forms.EmailField(
        label="E-mail",
        widget=forms.EmailInput(attrs={**_EMAIL, "autocomplete": "off"}),
    )
    role = forms.ChoiceField(label="Role", choices=Membership.Role.choices, initial=Membership.Role.MEMBER)


class TeamForm(forms.Form):
    """The name and slug of a team."""

    name = forms.CharField(
        label="Name", max_length=teams.NAME_LENGTH, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    slug = forms.SlugField(
        label="Slug",
        max_length=projects.SLUG_LENGTH,
        required=False,
        help_text="What ownership rules, comments and searches call the team: #payments. Made of the name if it is empty.",
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


class TeamMemberForm(forms.Form):
    """The e-mail address of a new member of a team."""

    email = forms.EmailField(
        label="E-mail", max_length=254, widget=forms.EmailInput(attrs={**_EMAIL, "autocomplete": "off"})
    )


class _OurStyle:
    """Gives allauth's forms the style of ours: labels instead of placeholders. Bounds passwords before they are hashed."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = str(field.label or name).capitalize()
            if name in _PASSWORDS:
                field.validators.append(MaxLengthValidator(MAX_PASSWORD_LENGTH))
            if name in {"email", "login"}:
                field.label = "E-mail"
                field.widget.attrs.update(_EMAIL)
        next(iter(self.fields.values())).widget.attrs["autofocus"] = True


class SignInForm(_OurStyle, allauth.LoginForm):  # type: ignore[misc]
    """The e-mail address and password of an existing user."""


class SignUpForm(_OurStyle, allauth.SignupForm):  # type: ignore[misc]
    """A new account, if registration is open."""

    def clean_email(self) -> str:
        # Counted here, because allauth says next whether the address has an account.
        attempts.reserve(limits.sign_up(_client()), clock.now())
        return str(super().clean_email())


class ResetPasswordForm(_OurStyle, allauth.ResetPasswordForm):  # type: ignore[misc]
    """The e-mail address of the account with the forgotten password."""

    def clean_email(self) -> str:
        attempts.reserve(limits.password_reset(self.cleaned_data["email"], _client()), clock.now())
        return str(super().clean_email())

    def save(self, request: HttpRequest, **options: Any) -> str:
        email = str(self.cleaned_data["email"])
        reset_mail.ask(email)
        return email


class ResetPasswordKeyForm(_OurStyle, allauth.ResetPasswordKeyForm):  # type: ignore[misc]
    """The new password, after the link in the e-mail."""

    def save(self) -> None:
        with transaction.atomic():
            super().save()
            projects.join_awaited(self.user)  # the link has shown that the address is theirs
            audit.record(
                audit.Action.PASSWORD_CHANGE, self.user, by=self.user, details={"link_from_mail": True}
            )
            notices.tell(self.user, "Your password was changed", " by a link that was sent to this address")


class ChangePasswordForm(_OurStyle, allauth.ChangePasswordForm):  # type: ignore[misc]
    """The old password and the new one. Guesses of the old one are limited like sign-ins."""

    def clean_oldpassword(self) -> str:
        password = str(self.cleaned_data["oldpassword"])
        if password_user(context.request, self.user.email, password) is None:
            raise forms.ValidationError("Incorrect password.")
        return password

    def save(self) -> None:
        _save_password(super().save, self.user)


class NewAddressForm(forms.Form):
    """Another e-mail address for one's own account, and the password. Guesses of it are limited like sign-ins."""

    email = forms.EmailField(label="New e-mail", max_length=254, widget=forms.EmailInput(attrs=_EMAIL))
    password = forms.CharField(
        label="Your password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, user: User, data: Any = None) -> None:
        super().__init__(data)
        self._user = user

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).strip().lower()
        if email == self._user.email:
            raise forms.ValidationError("This is your address already.")
        attempts.reserve(limits.password_reset(email, _client()), clock.now())
        return email

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        if password_user(context.request, self._user.email, password) is None:
            raise forms.ValidationError("Incorrect password.")
        return password


class SetPasswordForm(_OurStyle, allauth.SetPasswordForm):  # type: ignore[misc]
    """A first password for an account that has none."""

    def save(self) -> None:
        _save_password(super().save, self.user)


class ReauthenticateForm(_OurStyle, allauth.ReauthenticateForm):  # type: ignore[misc]
    """The password again, before a sensitive change."""


def _save_password(save: Callable[[], None], user: User) -> None:
    with transaction.atomic():
        save()
        audit.record(audit.Action.PASSWORD_CHANGE, user)
        notices.tell(user, "Your password was changed")


def _client() -> str:
    """The address of the request that allauth is answering."""
    return str(context.request.META.get("REMOTE_ADDR", ""))
