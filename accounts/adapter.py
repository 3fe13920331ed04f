"""Rustrak's implementation of allauth's hooks."""

from __future__ import annotations

import base64
import io
from typing import Any
from urllib.parse import quote, urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from accounts import audit, bootstrap
from accounts.credentials import password_user
from accounts.models import User
from rustrak.lib import sealed
from rustrak.mail import outbox
from rustrak.mail.kinds import Written

# The key of the session with what the user's sessions were signed with when the sign-in began.
_BEGUN = "accounts.sign_in_begun"
_PURPOSE = "second factor"


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

    def pre_login(self, request: HttpRequest, user: User, **more: Any) -> HttpResponseBase | None:
        response: HttpResponseBase | None = super().pre_login(request, user, **more)
        if response is None:
            request.session[_BEGUN] = user.get_session_auth_hash()
        return response

    def login(self, request: HttpRequest, user: User) -> None:
        """Begin the session, unless the password or anything else was revoked since the first step of the sign-in."""
        begun = request.session.pop(_BEGUN, "")
        if not user.is_active or not constant_time_compare(begun, user.get_session_auth_hash()):
            raise ImmediateHttpResponse(redirect("account_login"))
        super().login(request, user)

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


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of second factors are encrypted, and name the host of PUBLIC_URL, never that of a request."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "This code is not right, or it was used before. Wait for the next one.",
    }

    def encrypt(self, text: str) -> str:
        return base64.b64encode(sealed.seal({"text": text}, _PURPOSE)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return sealed.unseal(base64.b64decode(encrypted_text), _PURPOSE)["text"]

    def get_totp_issuer(self) -> str:
        return f"Rustrak {urlsplit(settings.PUBLIC_URL).netloc}"

    def build_totp_svg(self, url: str) -> str:
        # Here for memory: few processes ever show one.
        import qrcode
        from qrcode.image.svg import SvgPathFillImage

        out = io.BytesIO()
        qrcode.make(url, image_factory=SvgPathFillImage).save(out)
        return out.getvalue().decode()

    def generate_authenticator_name(self, user: User, type: Any) -> str:
        return "Passkey"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": urlsplit(settings.PUBLIC_URL).hostname or "", "name": "Rustrak"}


def _public(path: str) -> str:
    # `path` already starts with the path of PUBLIC_URL.
    base = urlsplit(settings.PUBLIC_URL)
    return f"{base.scheme}://{base.netloc}{path}"
