"""Invitations of people who are not here yet, or not in a project."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from accounts.models.project import Membership, Project
from accounts.models.user import User
from rustrak.lib import clock


class Invitation(models.Model):
    """A link with which one person joins. accounts.invitations makes, checks and uses it (docs/access.md, "Invitations")."""

    # SHA-256 of the secret in the link: 256 random bits need no slow hash.
    digest = models.CharField(max_length=64, unique=True, editable=False)
    # Whose account alone may use it, in lower case. Empty: whoever has the link.
    email = models.EmailField(max_length=254, blank=True)
    role = models.CharField(max_length=7, choices=User.Role.choices, default=User.Role.MEMBER)
    # Whose right to invite it depends on: who made it, or renewed it last.
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="invitations"
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField(db_index=True)
    revoked_at = models.DateTimeField(null=True, editable=False)
    accepted_at = models.DateTimeField(null=True, editable=False)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="accepted_invitations",
    )
    projects = models.ManyToManyField(Project, through="InvitedTo", related_name="invitations")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=["owner", "admin", "member", "auditor"]),
                name="invitation_role_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email or 'a link'} by {self.invited_by}"


class InvitedTo(models.Model):
    """The role in one project that an invitation gives."""

    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="grants")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=6, choices=Membership.Role.choices, default=Membership.Role.MEMBER)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invitation", "project"], name="invited_to_unique"),
            models.CheckConstraint(
                condition=models.Q(role__in=["viewer", "member", "admin"]), name="invited_to_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} of {self.project}"
