"""Changing the address of an account: a link in a mail to the new one shows that it is theirs.

The link is signed and bound to the address and the sign-in key of before, so it works once, and not after a change of the password.
"""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts import audit
from accounts.models import Membership, User
from rustrak.mail import outbox

_SALT = "accounts.new_address"
# In seconds.
LIFETIME = 24 * 60 * 60


class BadLink(ValueError):
    """The link is not valid any more. The message is for people."""


class Taken(ValueError):
    """Another account has the address. The message is for people."""


def ask(user: User, address: str) -> None:
    """Send the link to the new address, and word of it to the one in use. Whether another account has the address is not told here.
    Raises problems.Unavailable."""
    link = settings.PUBLIC_URL.rstrip("/") + _path(
        signing.dumps([user.pk, user.email, user.sign_in_key, address], salt=_SALT)
    )
    outbox.put(
        "account",
        address,
        "[Rustrak] Confirm your new e-mail address",
        f"You asked to sign in to Rustrak with {address} from now on, in place of {user.email}. Confirm it here within a day:\n\n"
        f"{link}\n\nIf it wasn't you, ignore this message: nothing changes.\n\nRustrak at {settings.PUBLIC_URL}\n",
    )
    outbox.put(
        "account",
        user.email,
        "[Rustrak] Your e-mail address is to be changed",
        f"Somebody who knows your password asked to change your address to {address}. If it wasn't you, change your password at once.\n\n"
        f"Rustrak at {settings.PUBLIC_URL}\n",
    )


def asked_with(token: str) -> tuple[User, str]:
    """The user and the new address that a link is for. Raises BadLink."""
    try:
        key, email, sign_in_key, address = signing.loads(token, salt=_SALT, max_age=LIFETIME)
    except (signing.BadSignature, ValueError):
        raise BadLink("This link is not valid, or it is older than a day. Ask for a new one.") from None
    user = User.objects.filter(pk=key, is_active=True, email=email, sign_in_key=sign_in_key).first()
    if user is None:
        raise BadLink("This link was used, or the account has changed since. Ask for a new one.")
    return user, str(address)


def change(user: User, address: str) -> None:
    """Give `user` the address, which is known to be theirs. Raises Taken."""
    try:
        with transaction.atomic():
            User.objects.filter(pk=user.pk).update(email=address)
            said = audit.changes({"email": user.email}, {"email": address})
            audit.record(audit.Action.PERSON_CHANGE, user, name=address, by=user, details=said)
            # The former address may be added to projects again, as somebody else's.
            Membership.objects.filter(user=user).update(email="")
            # With the former one allauth would still sign in.
            EmailAddress.objects.filter(user=user).exclude(email=address).delete()
    except IntegrityError:
        raise Taken("Another account has this address.") from None
    user.email = address


def _path(token: str) -> str:
    # PUBLIC_URL has the path of the installation already.
    path = reverse("email_confirm", kwargs={"token": token})
    prefix = (settings.FORCE_SCRIPT_NAME or "").rstrip("/")
    return path[len(prefix) :] if prefix and path.startswith(prefix) else path
