"""Mails that tell somebody what was changed about their own sign-in, so that a thief does not go unnoticed."""

from __future__ import annotations

from django.conf import settings

from accounts.models import User
from rustrak.lib import problems
from rustrak.mail import outbox


def tell(user: User, what: str, detail: str = "") -> None:
    """Send `user` a mail. `what` is a sentence without its full stop, and the mail's subject; `detail` goes on from there."""
    body = (
        f"{what}{detail}.\n\nIf it wasn't you, somebody else can use your account: set another password, look at "
        f"{settings.PUBLIC_URL.rstrip('/')}/profile/security/, and tell an admin.\n\nRustrak at {settings.PUBLIC_URL}\n"
    )
    try:
        outbox.put("account", user.email, f"[Rustrak] {what}", body)
    except problems.Unavailable:
        # The change itself must not fail because too many mails wait; the audit log has it.
        return
