"""Ten kinds of people, as docs/access.md and the issue of the tests name them."""

from __future__ import annotations

from accounts import projects
from accounts.models import ApiToken, Membership, Project, User

KINDS = (
    "stranger", "outsider", "viewer", "member", "project admin", "auditor", "admin", "deactivated", "invited", "removed",
)  # fmt: skip
#: The role of those who see Shop: in the project, or in the installation.
IN_PROJECT = {"viewer": "viewer", "member": "member", "project admin": "admin"}
IN_INSTALLATION = {"auditor": "auditor", "admin": "admin"}


def make(kind: str, shop: Project) -> User | None:
    """Somebody of this kind; None for a stranger."""
    if kind == "stranger":
        return None
    role = IN_INSTALLATION.get(kind, "member")
    user = User.objects.create_user(f"{kind.replace(' ', '-')}@example.org", role=role)
    if kind in IN_PROJECT:
        Membership.objects.create(user=user, project=shop, role=IN_PROJECT[kind])
    if kind == "invited":
        # Not by projects.add_member, which would find the account.
        Membership.objects.create(user=None, email=user.email, project=shop)
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
        projects.remove_member(shop, shop.memberships.get(user=user).pk)


def foreign_token(user: User, other: Project) -> str:
    """A token of theirs that is for another project, of which they are an admin."""
    Membership.objects.get_or_create(user=user, project=other, defaults={"role": "admin"})
    return ApiToken.objects.issue(user, projects=[other])[1]
