"""Rustrak's implementation of allauth's hooks."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse

from accounts import throttle
from accounts.models import User
from rustrak.lib import clock


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-in is throttled by accounts.throttle; links in e-mails use PUBLIC_URL, never a request's Host header."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "Incorrect e-mail or password.",
        "incorrect_password": "Incorrect password.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.REGISTRATION == "open")

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        seconds = throttle.pause(_account(credentials), self.get_client_ip(request), clock.now())
        if seconds:
            minutes = -(-seconds // 60)
            raise ValidationError(
                "Too many failed attempts. Try again in "
                f"{f'{minutes} minutes' if minutes > 1 else 'a minute'}, or reset your password."
            )

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        throttle.fail(_account(credentials), self.get_client_ip(request), clock.now())

    def reauthenticate(self, user: User, password: str) -> bool:
        return bool(self.authenticate(context.request, email=user.email, password=password) == user)

    def get_reset_password_from_key_url(self, key: str) -> str:
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return _public(path.replace("UID-KEY", quote(key)))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        super().send_mail(template_prefix, email, {**context, "public_url": settings.PUBLIC_URL})


def _account(credentials: dict[str, Any]) -> str:
    return str(credentials.get("email") or credentials.get("username") or "")


def _public(path: str) -> str:
    # `path` already starts with the path of PUBLIC_URL.
    base = urlsplit(settings.PUBLIC_URL)
    return f"{base.scheme}://{base.netloc}{path}"
