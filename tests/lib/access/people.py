"""Ten kinds of people, as docs/access.md and the issue of the tests name them."""

from __future__ import annotations

from datetime import timedelta

from accounts import projects
from accounts.models import Invitation, InvitedTo, Membership, Project, User
from rustrak.lib import clock

KINDS = (
    "stranger", "outsider", "viewer", "member", "project admin", "auditor", "admin", "deactivated", "invited", "removed",
)  # fmt: skip
#: The role of those who see Shop: in the project, or in the installation.
IN_PROJECT = {"viewer": "viewer", "member": "member", "project admin": "admin"}
IN_INSTALLATION = {"auditor": "auditor", "admin": "admin"}


def make(kind: str, shop: Project, host: str = "example.org") -> User | None:
    """Somebody of this kind, with an address at `host`; None for a stranger."""
    if kind == "stranger":
        return None
    role = IN_INSTALLATION.get(kind, "member")
    user = User.objects.create_user(f"{kind.replace(' ', '-')}@{host}", role=role)
    if kind in IN_PROJECT:
        Membership.objects.create(user=user, project=shop, role=IN_PROJECT[kind])
    if kind == "invited":
        # Not by projects.add_member, which would find the account.
        Membership.objects.create(user=None, email=user.email, project=shop)
        # And by a link that they have not used yet.
        made = Invitation.objects.create(
            invited_by=user, digest=user.email, email=user.email, expires_at=clock.now() + timedelta(days=1)
        )
        InvitedTo.objects.create(invitation=made, project=shop, role="admin")
    if kind == "removed":
        Membership.objects.create(user=user, project=shop, role="member")
    return user


def finish(kind: str, user: User | None, shop: Project) -> None:
    """What happens to them after they have signed in, and have got their tokens."""
    if user is None:
        return
    if kind == "deactivated":
        # As a statement in the database would: what a form does besides must not be what refuses them.
        Membership.objects.create(user=user, project=shop, role="admin")
        User.objects.filter(pk=user.pk).update(is_active=False, role="admin")
    if kind == "removed":
        user.teams.clear()
        projects.remove_member(shop, shop.memberships.get(user=user).pk)
