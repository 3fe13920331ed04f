"""The one organization, its people and teams."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Min
from django.http import HttpRequest, HttpResponse
from ninja import Router

from accounts import teams as known_teams
from accounts.access import Capability, SignedInRequest
from accounts.credentials import needs
from accounts.models import Team, User
from issues import assignees
from issues.sentry_api.account.user import SCOPES, user_out
from issues.sentry_api.base import paging
from issues.sentry_api.base.places import ORGANIZATION, open_to
from rustrak.lib import clock

router = Router(auth=needs(Capability.ORG_READ, Capability.ORG_WRITE))


def organization_out(slug: str) -> dict[str, Any]:
    """The organization, called as it was asked for."""
    began = User.objects.aggregate(first=Min("date_joined"))["first"] or clock.now()
    return {
        "id": "1",
        "slug": slug,
        "name": "Rustrak",
        "dateCreated": clock.rfc3339(began),
        "status": {"id": "active", "name": "active"},
        "isEarlyAdopter": False,
        "require2FA": False,
        "requireEmailVerification": False,
        "features": [],
        "access": SCOPES,
        "avatar": {"avatarType": "letter_avatar", "avatarUuid": None},
        "links": {"organizationUrl": settings.PUBLIC_URL, "regionUrl": settings.PUBLIC_URL},
    }


@router.get("/api/0/organizations", summary="organizations list")
def organizations(request: HttpRequest) -> HttpResponse:
    return paging.answer(request, [organization_out(ORGANIZATION)])


@router.get("/api/0/organizations/{organization}", summary="plugins, organization view")
def organization(request: HttpRequest, organization: str) -> dict[str, Any]:
    return organization_out(organization)


@router.get(
    "/api/0/organizations/{organization}/teams",
    summary="team list",
    auth=needs(Capability.TEAM_READ, Capability.TEAM_WRITE),
)
def teams(request: SignedInRequest, organization: str) -> HttpResponse:
    """The teams that the user sees."""
    rows = known_teams.visible_to(request.user).prefetch_related("members")
    items, more = paging.part(request, list(rows), "teams")
    return paging.answer(request, [_team(team, request.user) for team in items], more)


@router.get(
    "/api/0/organizations/{organization}/members",
    summary="assignees",
    auth=needs(Capability.MEMBER_READ, Capability.MEMBER_WRITE),
)
def members(request: SignedInRequest, organization: str) -> HttpResponse:
    """The people to whom issues of the user's projects can be assigned."""
    projects = list(open_to(request))
    people = list(assignees.of_any(projects).order_by("email"))
    items, more = paging.part(request, people, "members")
    return paging.answer(request, [_member(user) for user in items], more)


def _team(team: Team, viewer: User) -> dict[str, Any]:
    members = {member.pk for member in team.members.all()}
    return {
        "id": str(team.pk),
        "slug": team.slug,
        "name": team.name,
        "dateCreated": clock.rfc3339(team.created_at),
        "isMember": viewer.pk in members,
        "hasAccess": True,
        "memberCount": len(members),
        "avatar": {"avatarType": "letter_avatar", "avatarUuid": None},
    }


def _member(user: User) -> dict[str, Any]:
    return {
        "id": str(user.pk),
        "email": user.email,
        "name": user.get_short_name(),
        "role": "owner" if user.is_admin else "member",
        "pending": False,
        "expired": False,
        "dateCreated": clock.rfc3339(user.date_joined),
        "user": user_out(user),
    }
