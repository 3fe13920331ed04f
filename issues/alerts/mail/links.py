"""The links at the end of a message. What unsubscribes is signed: it works without a sign-in, for this and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.core import signing

_PURPOSE = "rustrak.alerts.unsubscribe"
#: A longer token is none of ours.
LONGEST_TOKEN = 200


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a person gets: alerts about a project, or the summary where `project_id` is None."""

    user_id: int
    project_id: int | None


def token(subscription: Subscription) -> str:
    """What proves that its holder got a message of this subscription. Valid as long as SECRET_KEY."""
    return signing.Signer(salt=_PURPOSE).sign_object([subscription.user_id, subscription.project_id])


def read(text: str) -> Subscription | None:
    """The subscription of a token; None if it is not one of ours."""
    if len(text) > LONGEST_TOKEN:
        return None
    try:
        user_id, project_id = signing.Signer(salt=_PURPOSE).unsign_object(text)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return Subscription(user_id, project_id)


# Not `reverse`: it loads every page into the process that sends. A test compares them.
def unsubscribe(subscription: Subscription) -> str:
    """The address that unsubscribes: a page with a button, and one click of a mail program (RFC 8058)."""
    return f"{settings.PUBLIC_URL}/unsubscribe/{token(subscription)}/"


def choices() -> str:
    """The page on which one sees and changes what one receives."""
    return f"{settings.PUBLIC_URL}/profile/alerts/"
