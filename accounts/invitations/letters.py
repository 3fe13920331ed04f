"""The mail to somebody who is invited by their address."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings

from accounts.models import Invitation, Project
from rustrak.mail import connection, outbox


def send(invitation: Invitation, link: str, grants: Mapping[Project, str]) -> None:
    """Put the mail with the link into the outbox, if the invitation has an address and mail is sent. Raises problems.Unavailable.

    The names are what others typed, so they stand in no subject, and on lines of their own.
    """
    if not invitation.email or not connection.goes_out():
        return
    to = "".join(f"  {project.name}, as {role}\n" for project, role in grants.items())
    outbox.put(
        "account",
        invitation.email,
        "[Rustrak] You are invited",
        f"{invitation.invited_by.email} invites you to Rustrak at {settings.PUBLIC_URL}"
        + (f", to these projects:\n\n{to}\n" if to else ".\n\n")
        + f"Accept the invitation here until {invitation.expires_at:%Y-%m-%d %H:%M} UTC:\n\n{link}\n\n"
        "If you do not expect it, ignore this message.\n",
    )
