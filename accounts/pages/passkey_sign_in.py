"""Signing in with a passkey, in place of allauth's view, which stores a session for every stranger who asks.

The challenge is in a signed cookie instead, for five minutes, and works once.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.webauthn.internal import auth, flows
from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from fido2.webauthn import UserVerificationRequirement

from accounts.access import public
from accounts.second_factor_forms import PasskeySignInForm
from accounts.sign_in import attempts
from rustrak.lib import clock

COOKIE = "passkey_challenge"
LIFETIME = timedelta(minutes=5)
_SALT = "accounts.passkey_sign_in"


@public("a passkey takes the place of e-mail address and password")
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("credential")
@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """GET, by the script of the sign-in page: the challenge. POST: what the browser made of it; a session begins."""
    if request.user.is_authenticated:
        return redirect("home")
    if request.method == "POST":
        return _answered(request)
    if "application/json" not in request.headers.get("Accept", ""):
        return redirect("account_login")
    options, state = auth.get_server().authenticate_begin(
        credentials=[], user_verification=UserVerificationRequirement.REQUIRED
    )
    response = JsonResponse({"request_options": dict(options)})
    response.set_cookie(
        COOKIE,
        signing.dumps(state, salt=_SALT),
        max_age=LIFETIME,
        path=reverse("mfa_login_webauthn"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
    return response


def _answered(request: HttpRequest) -> HttpResponse:
    state = _state(request)
    # Where allauth looks for it. It is taken out again, so that nothing is stored of who does not sign in.
    request.session[auth.STATE_SESSION_KEY] = state
    form = PasskeySignInForm(data=request.POST)
    valid = form.is_valid()
    request.session.pop(auth.STATE_SESSION_KEY, None)
    if not valid or state is None:
        messages.error(request, "This passkey was not accepted. Try again, or sign in with your password.")
        response: HttpResponse = redirect("account_login")
    else:
        attempts.reserve(
            [attempts.Limit(attempts.key("passkey", state["challenge"]), 1, LIFETIME)], clock.now()
        )
        authenticator = form.cleaned_data["credential"]
        login = Login(user=authenticator.user, redirect_url=get_next_redirect_url(request))
        response = flows.perform_passwordless_login(request, authenticator, login)
    response.delete_cookie(COOKIE, path=reverse("mfa_login_webauthn"), samesite="Strict")
    return response


def _state(request: HttpRequest) -> dict[str, Any] | None:
    try:
        state = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=LIFETIME)
    except signing.BadSignature:
        return None
    return dict(state)
