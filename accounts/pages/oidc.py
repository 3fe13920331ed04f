"""Signing in through the provider: there and back, and connecting an account that has a password."""

from __future__ import annotations

import logging
from urllib.parse import urlencode, urlsplit

from allauth.account.internal.flows.login import record_authentication
from django import forms
from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import public
from accounts.credentials import password_user
from accounts.models import User
from accounts.oidc import keeping, people, roles
from accounts.sign_in import attempts, limits, links
from accounts.sign_in.hashing import MAX_PASSWORD_LENGTH
from rustrak.lib import clock
from rustrak.openid import client
from rustrak.openid.client import Identity, Pending
from rustrak.openid.provider import Provider

log = logging.getLogger("rustrak.accounts")


class PasswordForm(forms.Form):
    """The password of the account to connect."""

    password = forms.CharField(
        label="Password",
        strip=False,
        max_length=MAX_PASSWORD_LENGTH,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )


@public("signing in begins here")
@require_safe
@never_cache
def start(request: HttpRequest) -> HttpResponse:
    """Send the browser to the provider. `next` is the page of this installation to come back to."""
    provider = _provider()
    try:
        address, pending = client.begin(provider, _return_to())
    except client.Failed as failed:
        return _failed(request, failed)
    response = redirect(address)
    values = {"state": pending.state, "nonce": pending.nonce, "verifier": pending.verifier}
    keeping.keep(
        request, response, keeping.BEGUN, {**values, "next": _next(request, request.GET.get("next", ""))}
    )
    return response


@public(
    "the provider sends people back here; the browser's cookie and the provider's signature say who they are"
)
@require_safe
@never_cache
def callback(request: HttpRequest) -> HttpResponse:
    """Sign in whom the provider has sent back, to the page that they wanted."""
    provider = _provider()
    begun = keeping.kept(request, keeping.BEGUN)
    if begun is None:
        failed = client.Failed("This sign-in took too long, or was not begun in this browser. Try again.")
        return _failed(request, failed)
    pending = Pending(begun["state"], begun["nonce"], begun["verifier"])
    address = str(request.META.get("REMOTE_ADDR", ""))
    attempt = attempts.reserve(limits.provider(address), clock.now())
    try:
        identity = client.finish(provider, pending, request.GET.dict(), _return_to())
        user = people.person(provider, identity, address, _invitation(begun["next"]))
    except client.Failed as failed:
        return _failed(request, failed)
    except people.Refused as refused:
        return _failed(request, client.Failed(str(refused)), status=403)
    except people.NeedsPassword:
        return _ask_password(request, identity, begun["next"])
    attempts.refund(attempt)
    response = redirect(begun["next"])
    _enter(request, user, "provider")
    roles.apply(provider, identity, user)
    keeping.drop(response, keeping.BEGUN)
    return response


@public(
    "whoever is asked here has just come from the provider; they need the password of the account as well"
)
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password")
@never_cache
def connect(request: HttpRequest) -> HttpResponse:
    """Ask for the password of the account that has the provider's address, once; then sign in through the provider again."""
    provider = _provider()
    waiting = keeping.kept(request, keeping.WAITING)
    if waiting is None or provider.is_only_way:
        return _failed(request, client.Failed("This sign-in took too long. Try again."))
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = password_user(request, waiting["email"], form.cleaned_data["password"])
        if user is None:
            form.add_error("password", "Incorrect password.")
        else:
            identity = Identity(waiting["issuer"], waiting["subject"], waiting["email"], True)
            try:
                people.connect(user, identity)
            except people.Refused as refused:
                return _failed(request, client.Failed(str(refused)), status=403)
            response = redirect(f"{reverse('oidc_start')}?{urlencode({'next': waiting['next']})}")
            keeping.drop(response, keeping.WAITING)
            return response
    return render(
        request, "accounts/oidc_connect.html", {"form": form, "email": waiting["email"], "provider": provider}
    )


@public("the token of the link takes the place of a password; who made it has a shell on the server")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def sign_in_link(request: HttpRequest, token: str) -> HttpResponse:
    """Sign in with a link that `manage.py sign_in_link` printed, by a button: programs that only look at links use none up."""
    user = links.opens(token) if request.method != "POST" else links.use(token)
    if user is None:
        return render(request, "accounts/sign_in_link.html", {"gone": True}, status=404)
    if request.method != "POST":
        return render(request, "accounts/sign_in_link.html", {"person": user})
    _enter(request, user, "link")
    log.info("%s signed in with a link of sign_in_link", user.email)
    return redirect("home")


def _provider() -> Provider:
    provider: Provider | None = settings.OIDC
    if provider is None:
        raise Http404
    return provider


def _return_to() -> str:
    # Of PUBLIC_URL, never of the Host header: it is registered at the provider. `reverse` has its path already.
    parts = urlsplit(settings.PUBLIC_URL)
    return f"{parts.scheme}://{parts.netloc}{reverse('oidc_callback')}"


def _next(request: HttpRequest, wanted: str) -> str:
    """The page to come to afterwards: `wanted` if it is one of this installation."""
    fits = len(wanted) <= 1000 and url_has_allowed_host_and_scheme(wanted, None)
    return wanted if wanted and fits else reverse("home")


def _invitation(page: str) -> str:
    """The secret of an invitation whose page this is; else empty."""
    before, after = reverse("invitation", args=["-"]).split("-")
    return page.removeprefix(before).removesuffix(after) if page.startswith(before) else ""


def _enter(request: HttpRequest, user: User, method: str) -> None:
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    record_authentication(request, user, method)


def _ask_password(request: HttpRequest, identity: Identity, next_page: str) -> HttpResponse:
    response = redirect("oidc_connect")
    values = {"issuer": identity.issuer, "subject": identity.subject, "email": identity.email}
    keeping.keep(request, response, keeping.WAITING, {**values, "next": next_page})
    keeping.drop(response, keeping.BEGUN)
    return response


def _failed(request: HttpRequest, failed: client.Failed, status: int = 400) -> HttpResponse:
    if failed.detail:
        log.warning("A sign-in through the provider failed: %s", failed.detail)
    response = render(
        request,
        "accounts/oidc_failed.html",
        {"message": failed.message, "provider": settings.OIDC},
        status=status,
    )
    keeping.drop(response, keeping.BEGUN)
    return response
