"""Users, projects and their keys, invitations, and which user may see which project."""

from __future__ import annotations

from accounts.models.audit import AuditEntry
from accounts.models.credentials import MOST_TOKENS, ApiToken, Attempt, SignIn, TokenExpired, TooManyTokens
from accounts.models.invitation import Invitation, InvitedTo
from accounts.models.key import FIRST_KEY, ProjectKey
from accounts.models.project import (
    FormerSlug,
    GroupingMechanism,
    Membership,
    Project,
    ProjectQuerySet,
    TeamProject,
    new_sentry_key,
)
from accounts.models.provider_identity import ProviderIdentity
from accounts.models.user import Team, User, UserManager

__all__ = [
    "FIRST_KEY",
    "MOST_TOKENS",
    "ApiToken",
    "Attempt",
    "AuditEntry",
    "FormerSlug",
    "GroupingMechanism",
    "Invitation",
    "InvitedTo",
    "Membership",
    "Project",
    "ProjectKey",
    "ProjectQuerySet",
    "ProviderIdentity",
    "SignIn",
    "Team",
    "TeamProject",
    "TokenExpired",
    "TooManyTokens",
    "User",
    "UserManager",
    "new_sentry_key",
]
