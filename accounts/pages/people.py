"""The people of the installation: the list, and one person with their role, projects and sign-in."""

from __future__ import annotations

from urllib.parse import urlencode

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts import admins, people, projects
from accounts.access import Capability, SignedInRequest, installation, may
from accounts.models import Project, ProviderIdentity, User
from rustrak.lib import keyset

SIZE = 50
#: Of one person, by name.
MOST_PROJECTS = 200
_STATES = {"active": "active", "deactivated": "deactivated"}


@installation(reads=Capability.AUDIT_READ, changes=Capability.MEMBER_WRITE)
@require_safe
def people_list(request: SignedInRequest) -> HttpResponse:
    """Everybody, by address. Query string: `q` (a part of a name or an address), `role`, `state` (`active` or `deactivated`), `cursor`."""
    query = request.GET.get("q", "").strip()[:254]
    role = request.GET.get("role", "")
    role = role if role in User.Role.values else ""
    state = _STATES.get(request.GET.get("state", ""), "")
    cursor = request.GET.get("cursor")
    rows = people.listed(query, role, state)
    try:
        page = keyset.page(rows, people.ORDER, descending=False, cursor=cursor, limit=SIZE)
    except keyset.BadCursor:
        cursor = None
        page = keyset.page(rows, people.ORDER, descending=False, cursor=None, limit=SIZE)
    roles = people.roles_in_projects([person.pk for person in page.items])
    asked = {name: value for name, value in (("q", query), ("role", role), ("state", state)) if value}
    context = {
        "rows": [(person, len(roles[person.pk])) for person in page.items],
        "asked": asked,
        "roles": User.Role.choices,
        "first": f"?{urlencode(asked)}" if cursor else "",
        "more": f"?{urlencode({**asked, 'cursor': page.next_cursor})}" if page.next_cursor else "",
    }
    return render(request, "accounts/people.html", context)


@installation(reads=Capability.AUDIT_READ, changes=Capability.MEMBER_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def person(request: SignedInRequest, person_id: int) -> HttpResponse:
    """One person. A POST has an `action`: `role` with `role`, `deactivate`, `reactivate`, or `reset`, which removes the second factors."""
    found = get_object_or_404(people.listed(), pk=person_id)
    if request.method == "POST":
        try:
            if said := _done(request, found):
                messages.success(request, said)
        except (people.NotAllowed, admins.LastAdmin, projects.LastProjectAdmin) as refused:
            messages.error(request, str(refused))
        # Who is no admin any more sees this page no more.
        by = User.objects.get(pk=request.user.pk)
        return (
            redirect("person_of_installation", found.pk)
            if may(by, Capability.AUDIT_READ)
            else redirect("home")
        )
    roles = people.roles_in_projects([found.pk])[found.pk]
    own = set(found.memberships.values_list("project", flat=True))
    of_projects = Project.objects.filter(pk__in=roles).by_name()[:MOST_PROJECTS]
    context = {
        "person": found,
        "roles": User.Role.choices,
        "projects": [(each, roles[each.pk], each.pk in own) for each in of_projects],
        "other_projects": max(0, len(roles) - MOST_PROJECTS),
        "teams": found.teams.order_by("slug"),
        "factors": [
            each.get_type_display()
            for each in Authenticator.objects.filter(user=found).order_by("created_at")
        ],
        "sessions": found.sign_ins.count(),
        "tokens": found.api_tokens.count(),
        "identity": ProviderIdentity.objects.filter(user=found).first(),
        "may_change": may(request.user, Capability.MEMBER_WRITE)
        and admins.may_change(request.user, found.role),
        "is_owner": request.user.role == User.Role.OWNER,
    }
    return render(request, "accounts/person.html", context)


def _done(request: SignedInRequest, found: User) -> str:
    """Do what was sent. Returns what to say; empty for nothing. Raises NotAllowed, LastAdmin and LastProjectAdmin."""
    action, role = request.POST.get("action"), request.POST.get("role", "")
    if action == "role" and role in User.Role.values:
        people.set_role(found, role, by=request.user)
        return f"{found.email} has the role {role}."
    if action == "deactivate":
        people.deactivate(found, by=request.user)
        return f"{found.email} is deactivated: their sessions have ended and their tokens are deleted."
    if action == "reactivate":
        people.reactivate(found, by=request.user)
        return f"{found.email} can sign in again."
    if action == "reset":
        people.reset_factors(found, by=request.user)
        return f"{found.email} signs in with the password alone now."
    return ""
