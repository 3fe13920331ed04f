"""Forms of second factors, in place of those of allauth.mfa: codes are checked in the database, and what is sent is bounded."""

from __future__ import annotations

import struct
from typing import Any, ClassVar

from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from fido2.utils import websafe_decode
from fido2.webauthn import CollectedClientData

from accounts.models import User
from accounts.sign_in import passkeys, second_factors

_CODE = {"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false", "maxlength": 32}
# What a browser sends is a few kilobytes, also with a certificate of the key's maker.
_CREDENTIAL_BYTES = 16 * 1024
_NAME_LENGTH = 50
_REFUSED = "This passkey was not accepted. Try again."
# What the libraries raise for data that no browser sends.
_MALFORMED = (
    ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError, struct.error,
)  # fmt: skip


class _Checked(forms.Form):
    """Asks for a code of an app or a recovery code."""

    code = forms.CharField(
        label="Code",
        max_length=32,
        help_text="Six digits of your authenticator app, or one of your recovery codes.",
        widget=forms.TextInput(attrs={**_CODE, "autofocus": True}),
    )
    user: User

    def clean_code(self) -> str:
        """Raises problems.TooMany, which becomes a page."""
        code = str(self.cleaned_data["code"])
        found = second_factors.check_code(context.request, self.user, code)
        if found is None:
            raise forms.ValidationError(
                "This code is not right, or it was used before. Wait for the next one, or use a recovery code."
            )
        self.authenticator = found
        return code


class CodeForm(_Checked, AuthenticateForm):  # type: ignore[misc]
    """The second step of a sign-in."""


class CodeAgainForm(_Checked, ReauthenticateForm):  # type: ignore[misc]
    """A code from somebody who is signed in, before a change."""


class ActivateAppForm(ActivateTOTPForm):  # type: ignore[misc]
    """The first code of an authenticator app, which shows that it has the secret."""

    code = forms.CharField(
        label="Code that the app shows",
        max_length=32,
        widget=forms.TextInput(attrs={**_CODE, "inputmode": "numeric"}),
    )

    def clean_code(self) -> str:
        self.cleaned_data["code"] = "".join(str(self.cleaned_data["code"]).split())
        return str(super().clean_code())


class CredentialField(forms.JSONField):
    """What the browser says of a passkey: a JSON object of bounded size that was made on a page of this installation."""

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": _REFUSED, "required": _REFUSED}

    def __init__(self) -> None:
        super().__init__(required=True, widget=forms.HiddenInput)

    # A page that is shown again asks the browser again, so it repeats nothing.
    def bound_data(self, data: Any, initial: Any) -> Any:
        return None

    def prepare_value(self, value: Any) -> Any:
        return ""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and len(value) > _CREDENTIAL_BYTES:
            raise forms.ValidationError(_REFUSED)
        try:
            found = super().to_python(value)
            client = CollectedClientData(websafe_decode(found["response"]["clientDataJSON"]))
            ours = client.origin == passkeys.origin() and not client.cross_origin
        except _MALFORMED:
            raise forms.ValidationError(_REFUSED) from None
        if not ours:
            raise forms.ValidationError(_REFUSED)
        return found


class AddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """The name of a new passkey. Each can sign in by itself: it asks for a finger, a face or a PIN."""

    name = forms.CharField(
        label="Name",
        max_length=_NAME_LENGTH,
        required=False,
        help_text="So that you know it again: “telephone”, “key ring”.",
    )
    credential = CredentialField()
    passwordless = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["passwordless"] = "on"

    def clean(self) -> dict[str, Any]:
        # Whatever the page sent: a passkey signs in without a password, so it must ask who is there.
        self.cleaned_data["passwordless"] = True
        own = Authenticator.objects.filter(user=self.user, type=Authenticator.Type.WEBAUTHN)
        if own.count() >= second_factors.MOST_PASSKEYS:
            raise forms.ValidationError(
                f"You have {second_factors.MOST_PASSKEYS} passkeys, as many as one may have. Remove one first."
            )
        try:
            return dict(super().clean())
        except (*_MALFORMED, forms.ValidationError):
            raise forms.ValidationError(_REFUSED) from None


class RenamePasskeyForm(EditWebAuthnForm):  # type: ignore[misc]
    """Another name for a passkey."""

    name = forms.CharField(label="Name", max_length=_NAME_LENGTH)


class _Passkey(forms.Form):
    """Asks for a passkey."""

    credential = CredentialField()

    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()  # type: ignore[misc]
        except (*_MALFORMED, forms.ValidationError):
            raise forms.ValidationError(_REFUSED) from None


class PasskeyForm(_Passkey, AuthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey as the second step of a sign-in."""


class PasskeyAgainForm(_Passkey, ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey of somebody who is signed in, before a change."""


class PasskeySignInForm(_Passkey, LoginWebAuthnForm):  # type: ignore[misc]
    """A passkey in place of e-mail address, password and second step."""
