"""The message with the link to set a new password.

The page stores only that somebody asked for an address, with an account or without one, so its answers are alike and
take as long. Whether there is an account is looked up when the message is sent, and the link is made then: the outbox
never holds one.
"""

from __future__ import annotations

from datetime import timedelta

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import filter_users_by_email, user_pk_to_url_str

from rustrak.mail import kinds, outbox
from rustrak.mail.kinds import Written

RESET = "password reset"


def register() -> None:
    """Make the kind of message known."""
    # A link that arrives hours later is no longer waited for. Every row is small.
    kinds.register(kinds.Kind(RESET, lifetime=timedelta(hours=4), most=10_000, write=_write))


def ask(email: str) -> None:
    """Have a link sent to this address, if it has an account. Raises problems.Unavailable."""
    outbox.put(RESET, email.strip().lower())


def _write(email: str) -> list[Written]:
    adapter = get_adapter()
    letters = []
    for user in filter_users_by_email(email, is_active=True, prefer_verified=True):
        key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
        context = {"user": user, "password_reset_url": adapter.get_reset_password_from_key_url(key)}
        letters.append(adapter.written("account/email/password_reset_key", user.email, context))
    return letters
