"""Rustrak's implementation of allauth's hooks."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from accounts import audit, bootstrap
from accounts.credentials import password_user
from accounts.models import User
from rustrak.mail import outbox
from rustrak.mail.kinds import Written


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Passwords are checked by accounts.credentials; links in e-mails use PUBLIC_URL, never a request's Host header."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "Incorrect e-mail or password.",
        "incorrect_password": "Incorrect password.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bootstrap.registration_is_open()

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        with transaction.atomic():
            made: User = super().save_user(request, user, form, commit)
            if commit:
                audit.record(audit.Action.PERSON_CREATE, made, by=made)
        return made

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        return password_user(request, str(credentials.get("email", "")), str(credentials.get("password", "")))

    def reauthenticate(self, user: User, password: str) -> bool:
        return bool(self.authenticate(context.request, email=user.email, password=password) == user)

    def get_reset_password_from_key_url(self, key: str) -> str:
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return _public(path.replace("UID-KEY", quote(key)))

    def written(self, template_prefix: str, email: str, context: dict[str, Any]) -> Written:
        """The message of these templates, to one address."""
        message: EmailMessage = self.render_mail(
            template_prefix, email, {**context, "public_url": settings.PUBLIC_URL}
        )
        return Written(email, str(message.subject), str(message.body))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        message = self.written(template_prefix, email, context)
        outbox.put("account", message.recipient, message.subject, message.body)


def _public(path: str) -> str:
    # `path` already starts with the path of PUBLIC_URL.
    base = urlsplit(settings.PUBLIC_URL)
    return f"{base.scheme}://{base.netloc}{path}"
