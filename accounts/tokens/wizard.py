"""Tokens for a set-up wizard on somebody's machine, which that person agrees to in a browser. Source: docs/sentry-api.md, "The wizard".

The wizard gets a code, and shows its user the address of a page with that code. If somebody who is signed in agrees there, a token is issued whose
text is derived from the code; the wizard, which goes on asking, is told that text while the code is young and nobody has used the token.
So nothing is kept for a wizard that only asks, and no text of a token is stored.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils.crypto import salted_hmac

from accounts import audit
from accounts.models import ApiToken, Project, User
from accounts.tokens import text
from accounts.tokens.presets import UPLOADS
from rustrak.lib import clock

#: How long a code is valid: the wizard gives up after three minutes.
LIFE = timedelta(minutes=10)
DESCRIPTION = "set-up wizard"
#: What its tokens may do.
CAPABILITIES = UPLOADS
_SALT = "rustrak.wizard"
_LONGEST = 200


class BadCode(ValueError):
    """No code, or one that is too old. The message is for people."""


class AlreadyAgreed(ValueError):
    """The code has led to a token before. The message is for people."""


def new_code() -> str:
    """A code of 192 random bits that says when it was made. It is safe in an address."""
    return signing.TimestampSigner(salt=_SALT).sign(secrets.token_urlsafe(24))


def check(code: str) -> None:
    """Raises BadCode."""
    _made(code)


def agree(user: User, project: Project, code: str) -> ApiToken:
    """Issue the token of a code, which is for uploads to one project. Raises BadCode, AlreadyAgreed and TooManyTokens."""
    token_text = _text(code)
    if ApiToken.objects.filter(digest=_digest(token_text)).exists():
        raise AlreadyAgreed("This page has been used. Start the wizard again for another token.")
    with transaction.atomic():
        token, _ = ApiToken.objects.issue(
            user,
            DESCRIPTION,
            text=token_text,
            prefix=text.prefix(token_text),
            projects=[project],
            capabilities=CAPABILITIES,
        )
        audit.record(
            audit.Action.TOKEN_CREATE,
            token,
            project=project,
            details={"of": user.email, "capabilities": token.capabilities},
        )
    return token


def granted(code: str) -> tuple[ApiToken, str] | None:
    """The token that somebody agreed to, and its text; None while nobody has, and once it has been used. Raises BadCode."""
    token_text = _text(code)
    tokens = ApiToken.objects.select_related("user").filter(user__is_active=True)
    token = tokens.filter(digest=_digest(token_text), last_used_at=None).first()
    return (token, token_text) if token else None


def finish(code: str) -> None:
    """The wizard has the token: its text is told no more. Raises BadCode."""
    if found := granted(code):
        ApiToken.objects.filter(pk=found[0].pk, last_used_at=None).update(last_used_at=clock.now())


def _made(code: str) -> datetime:
    if len(code) <= _LONGEST:
        try:
            signing.TimestampSigner(salt=_SALT).unsign(code, max_age=LIFE)
            return datetime.fromtimestamp(signing.b62_decode(code.split(":")[1]), UTC)
        except signing.BadSignature:
            pass
    raise BadCode(
        "This page belongs to a set-up wizard that was started more than ten minutes ago, or its address is incomplete."
    )


def _text(code: str) -> str:
    made = _made(code)
    return text.new(
        "sentry", settings.PUBLIC_URL, made, secret=salted_hmac(_SALT, code, algorithm="sha256").digest()
    )


def _digest(token_text: str) -> str:
    return hashlib.sha256(token_text.encode()).hexdigest()
