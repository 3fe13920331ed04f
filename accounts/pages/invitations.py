"""The page behind the link of an invitation, and what the pages that list invitations have in common."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts import admins, audit, bootstrap, invitations, people, projects
from accounts.access import public
from accounts.models import Invitation, Membership, User
from accounts.sign_in import attempts, limits
from accounts.sign_in.hashing import MAX_PASSWORD_LENGTH
from rustrak.lib import clock
from rustrak.mail import connection

_ADDRESS = {"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}
_DAYS = [(days, "1 day" if days == 1 else f"{days} days") for days in invitations.DAYS]


class JoinForm(forms.Form):
    """The new account of somebody who is invited. `email` is missing where the invitation is for one address."""

    email = forms.EmailField(label="E-mail", max_length=254, widget=forms.EmailInput(attrs=_ADDRESS))
    name = forms.CharField(
        label="Name",
        max_length=100,
        required=False,
        help_text="Shown to others beside your e-mail address.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        max_length=MAX_PASSWORD_LENGTH,
        help_text=password_validators_help_text_html(),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, invitation: Invitation, data: Any = None) -> None:
        super().__init__(data)
        self.address = invitation.email
        if self.address:
            del self.fields["email"]

    def clean_email(self) -> str:
        self.address = str(self.cleaned_data["email"]).strip().lower()
        return self.address

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        validate_password(password, User(email=self.address, name=self.cleaned_data.get("name", "")))
        return password


class InviteForm(forms.Form):
    """An invitation to one project."""

    email = forms.EmailField(
        label="E-mail",
        max_length=254,
        required=False,
        help_text="Only the account with this address can use the link then.",
        widget=forms.EmailInput(attrs={**_ADDRESS, "autocomplete": "off"}),
    )
    role = forms.ChoiceField(label="Role", choices=Membership.Role.choices, initial=Membership.Role.MEMBER)
    days = forms.TypedChoiceField(
        label="Valid for", choices=_DAYS, coerce=int, initial=invitations.USUAL_DAYS
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, prefix="invite")


@public("the secret of the link says who is invited; an account that is there must sign in besides")
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password")
@sensitive_variables("token")
@never_cache
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show who invites to what. A POST accepts: for the account that is signed in, or with the form for a new one."""
    try:
        found = invitations.find(token)
        if isinstance(request.user, User):
            return _for_account(request, request.user, token, found)
        return _for_stranger(request, token, found)
    except invitations.Gone as gone:
        if gone.accepted_by is not None and gone.accepted_by == request.user.pk:
            return redirect("home")  # they come from signing in, or press the button twice
        if gone.is_unknown:
            attempts.reserve(limits.wrong_invitation(_client(request)), clock.now())
        return render(request, "accounts/invitation_gone.html", {"problem": gone}, status=404)


def act(request: HttpRequest, found: Invitation, by: User) -> str:
    """Do what a form of the list asks: its `action` is `revoke` or `renew`. The text of a new link, else empty."""
    try:
        if request.POST.get("action") == "renew":
            return invitations.link(invitations.renew(found, by))
        if request.POST.get("action") == "revoke" and invitations.revoke(found):
            messages.success(request, "The invitation is revoked. Its link does not work any more.")
    except (invitations.BadInvitation, invitations.NotAllowed) as bad:
        messages.error(request, str(bad))
    return ""


def shown(new: Invitation | None, link: str) -> dict[str, Any]:
    """What a page needs to show a link once."""
    return {
        "new_link": link,
        "new_invitation": new,
        "is_mailed": bool(new and new.email and connection.goes_out()),
    }


def _for_account(request: HttpRequest, user: User, token: str, found: Invitation) -> HttpResponse:
    is_other = bool(found.email and found.email != user.email)
    if request.method != "POST" or is_other:
        return _show(request, found, {"is_other": is_other})
    try:
        invitations.accept(token, user)
    except (people.NotAllowed, admins.LastAdmin, projects.LastProjectAdmin) as problem:
        raise invitations.Gone(str(problem)) from None
    messages.success(request, "You have joined.")
    return _arrive(found)


@sensitive_variables()
def _for_stranger(request: HttpRequest, token: str, found: Invitation) -> HttpResponse:
    if not bootstrap.passwords_are_used():
        return _show(request, found, {})
    form = JoinForm(found, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        # Before anything is hashed, and before the answer says whether the address has an account.
        attempts.reserve(limits.sign_up(_client(request)), clock.now())
        user = User(email=form.address, name=form.cleaned_data["name"])
        user.set_password(form.cleaned_data["password"])
        try:
            with transaction.atomic():
                user.save()
                audit.record(audit.Action.PERSON_CREATE, user, by=user)
                invitations.join(token, user)
        except IntegrityError:
            form.add_error(
                None, "An account with this address already exists. Sign in to accept the invitation."
            )
        else:
            login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
            return _arrive(found)
    return _show(request, found, {"form": form})


def _show(request: HttpRequest, found: Invitation, context: dict[str, Any]) -> HttpResponse:
    grants = sorted(found.grants.all(), key=lambda grant: grant.project.name_folded)
    return render(
        request,
        "accounts/invitation.html",
        {"invitation": found, "grants": grants, "redirect_field_value": request.path, **context},
    )


def _arrive(found: Invitation) -> HttpResponse:
    grants = found.grants.all()
    if len(grants) == 1:
        return redirect("issue_list", slug=grants[0].project.slug)
    return redirect("home")


def _client(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))
