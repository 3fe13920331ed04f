"""The security of one's own account: password, address, second factors, sessions."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit, projects
from accounts.access import SignedInRequest, public, signed_in
from accounts.forms import NewAddressForm
from accounts.models import SignIn
from accounts.sign_in import new_address, passkeys, second_factors, sessions
from accounts.sign_in.browser_names import browser_name
from rustrak.lib import clock


@dataclass(frozen=True, slots=True)
class Row:
    """A session in the list. `browser` is what people call it."""

    sign_in: SignIn
    browser: str
    is_this: bool


@signed_in
@require_safe
@never_cache
def security(request: SignedInRequest) -> HttpResponse:
    """The page."""
    found = list(Authenticator.objects.filter(user=request.user).order_by("id"))
    by_type = {each.type: each for each in found}
    codes = by_type.get(Authenticator.Type.RECOVERY_CODES)
    alive = Session.objects.filter(expire_date__gt=clock.now()).values("session_key")
    rows = SignIn.objects.filter(user=request.user, session_key__in=alive).order_by("-last_seen_at", "-id")
    this = request.session.session_key
    return render(
        request,
        "accounts/security.html",
        {
            "app": by_type.get(Authenticator.Type.TOTP),
            "passkeys": [each.wrap() for each in found if each.type == Authenticator.Type.WEBAUTHN],
            "codes_left": None if codes is None else second_factors.codes_left(codes),
            "why_no_passkeys": passkeys.why_not(),
            "sessions": [Row(row, browser_name(row.browser), row.session_key == this) for row in rows],
        },
    )


@signed_in
@require_POST
def end_session(request: SignedInRequest, sign_in_id: int) -> HttpResponse:
    """End one of the user's own sessions."""
    with transaction.atomic():
        ended = sessions.end(request.user, sign_in_id)
        if ended:
            audit.record(audit.Action.SESSION_END, request.user, details={"which": "one"})
    if ended:
        messages.success(request, "The browser is signed out.")
    return redirect("security")


@signed_in
@require_POST
def end_other_sessions(request: SignedInRequest) -> HttpResponse:
    """End all sessions but this one."""
    with transaction.atomic():
        sessions.end_others(request, request.user)
        audit.record(audit.Action.SESSION_END, request.user, details={"which": "all others"})
    messages.success(request, "You are signed out in all other browsers.")
    return redirect("security")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password")
@never_cache
def change_address(request: SignedInRequest) -> HttpResponse:
    """Ask for another e-mail address: a mail goes there with a link."""
    form = NewAddressForm(request.user, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        new_address.ask(request.user, form.cleaned_data["email"])
        messages.success(request, f"A link was sent to {form.cleaned_data['email']}. Open it within a day.")
        return redirect("security")
    return render(request, "accounts/new_address.html", {"form": form})


@public(
    "whoever opens the link reads the mail of the new address; it changes nothing before a button is pressed"
)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def confirm_address(request: HttpRequest, token: str) -> HttpResponse:
    """The page that the link in the mail leads to. A program that follows links does not change anything: it sends no form."""
    try:
        user, address = new_address.asked_with(token)
        if request.method == "POST":
            new_address.change(user, address)
            projects.join_awaited(user)  # the link has shown that the address is theirs
            if request.user == user:
                sessions.end_others(request, user)
            else:
                sessions.end_all(user)
            messages.success(request, f"You sign in with {address} from now on.")
            return redirect("security")
    except (new_address.BadLink, new_address.Taken) as problem:
        return render(request, "accounts/new_address_gone.html", {"problem": problem}, status=404)
    return render(request, "accounts/new_address_confirm.html", {"account": user, "address": address})
