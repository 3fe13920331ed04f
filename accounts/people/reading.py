"""The people of the installation as lists show them."""

from __future__ import annotations

from collections.abc import Collection

from allauth.mfa.models import Authenticator
from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery

from accounts.access import highest
from accounts.models import Membership, SignIn, TeamProject, User

#: The order of lists.
ORDER = ("email",)


def listed(query: str = "", role: str = "", state: str = "") -> QuerySet[User]:
    """People whose name or address contains `query`. `state`: `active`, `deactivated` or empty for both. Each has `seen_at`, when they
    were last here by a session that has not ended, and `has_second_factor`."""
    rows = User.objects.all()
    if query := query.strip().replace("\0", ""):
        rows = rows.filter(Q(email__icontains=query) | Q(name__icontains=query))
    if role:
        rows = rows.filter(role=role)
    if state:
        rows = rows.filter(is_active=state == "active")
    seen = (
        SignIn.objects.filter(user=OuterRef("pk"))
        .order_by()
        .values("user")
        .annotate(last=Max("last_seen_at"))
    )
    factors = Authenticator.objects.filter(user=OuterRef("pk")).exclude(
        type=Authenticator.Type.RECOVERY_CODES
    )
    return rows.annotate(seen_at=Subquery(seen.values("last")), has_second_factor=Exists(factors))


def roles_in_projects(people: Collection[int]) -> dict[int, dict[int, str]]:
    """By person and project, the role that counts, of their own or by a team. Two queries. Projects that are being deleted are left out."""
    own = Membership.objects.filter(user__in=people, project__deleting_at=None)
    by_team = TeamProject.objects.filter(team__members__in=people, project__deleting_at=None)
    found: dict[int, dict[int, str]] = {person: {} for person in people}
    for person, project, role in (
        *own.values_list("user", "project", "role"),
        *by_team.values_list("team__members", "project", "role"),
    ):
        if person in found:
            found[person][project] = highest(found[person].get(project), role) or role
    return found
