"""Gives people the roles that their groups at the provider have here (OIDC_ROLES), at each sign-in."""

from __future__ import annotations

import logging

from django.db import transaction

from accounts import admins, audit, projects
from accounts.models import Membership, Project, User
from rustrak.openid.identity import Identity
from rustrak.openid.provider import Provider
from rustrak.openid.roles import Grants

log = logging.getLogger("rustrak.accounts")


def apply(provider: Provider, identity: Identity, user: User) -> None:
    """Make the roles of `user` those of their groups: in the installation if groups have roles in it, and in each project that groups
    have roles in. The last owner, admin or admin of a project stays one, and the log says so.

    Nothing changes when the provider did not list the groups.
    """
    if not provider.grants:
        return
    if identity.groups is None:
        log.warning("The roles of %s stay as they are: the provider did not list all groups", user.email)
        return
    granted = provider.grants.granted(identity.groups)
    if provider.grants.roles:
        _in_installation(provider, user, granted.role or User.Role.MEMBER)
    for project in Project.objects.filter(slug__in=provider.grants.slugs, deleting_at=None):
        try:
            _in_project(project, user, granted.projects.get(project.slug, ""))
        except (projects.LastProjectAdmin, projects.TooManyMembers, projects.AlreadyMember) as kept:
            log.warning("The role of %s in %s stays as it is: %s", user.email, project.slug, kept)


def unknown(grants: Grants) -> list[str]:
    """The slugs of OIDC_ROLES that no project has, in order."""
    known = Project.objects.filter(slug__in=grants.slugs, deleting_at=None).values_list("slug", flat=True)
    return sorted(grants.slugs - set(known))


def _in_installation(provider: Provider, user: User, role: str) -> None:
    with transaction.atomic():
        admins.lock()
        user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        # Owners are made by owners, unless the operator lets a group make them.
        if user.role == role or (
            user.role == User.Role.OWNER and User.Role.OWNER not in provider.grants.roles
        ):
            return
        try:
            admins.check_left([user.pk], role)
            if role == User.Role.AUDITOR:
                projects.check_not_missed(user)
        except (admins.LastAdmin, projects.LastProjectAdmin) as kept:
            log.warning("The role of %s stays %s: %s", user.email, user.role, kept)
            return
        said = audit.changes({"role": user.role}, {"role": role})
        user.role = role
        user.save(update_fields=["role"])
        audit.record(audit.Action.PERSON_CHANGE, user, details={**said, "decided_by": provider.issuer})


def _in_project(project: Project, user: User, role: str) -> None:
    """`role` is empty for none."""
    found = Membership.objects.filter(project=project, user=user).first()
    if found is None:
        if role:
            projects.add_member(project, user.email, role)
    elif not role:
        projects.remove_member(project, found.pk)
    elif found.role != role:
        projects.set_role(project, found.pk, role)
