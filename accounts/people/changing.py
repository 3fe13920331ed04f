"""What admins of the installation and commands do to people. The last admin who can sign in, and the last admin of a project, stay what
they are; Django's admin asks the same rules (accounts.admins, accounts.projects) in its forms.
"""

from __future__ import annotations

from django.db import transaction

from accounts import admins, audit, projects
from accounts.models import User
from accounts.sign_in import second_factors


class NotAllowed(ValueError):
    """Whoever asks may not change this person so. The message is for people."""


def set_role(person: User, role: str, by: User | None) -> None:
    """Give a person a role in the installation. `by`: None for a command, which may do everything.

    Raises NotAllowed, admins.LastAdmin and projects.LastProjectAdmin.
    """
    role = User.Role(role).value
    with transaction.atomic():
        found = _locked(person, by, becoming=role)
        if found.role == role:
            return
        admins.check_left([found.pk], role)
        if role == User.Role.AUDITOR:
            projects.check_not_missed(found)
        User.objects.filter(pk=found.pk).update(role=role)
        said = audit.changes({"role": found.role}, {"role": role})
        audit.record(audit.Action.PERSON_ROLE, found, details=said)
        # What an auditor may no longer change is assigned to them no more.
        projects.role_changed.send(sender=User, user_id=found.pk)
    person.role = role


def deactivate(person: User, by: User | None) -> None:
    """Take away all access at once: sessions end, tokens are deleted. What the person wrote stays, and so do their memberships.

    Raises NotAllowed, admins.LastAdmin and projects.LastProjectAdmin.
    """
    with transaction.atomic():
        found = _locked(person, by)
        if not found.is_active:
            return
        admins.check_left([found.pk])
        projects.check_not_missed(found)
        found.is_active = False
        found.save(update_fields=["is_active"])  # accounts.sign_in.sessions ends sessions and deletes tokens
        audit.record(audit.Action.PERSON_DEACTIVATE, found)
    person.is_active = False


def reactivate(person: User, by: User | None) -> None:
    """Let a person sign in again, with the memberships of before. Tokens do not come back. Raises NotAllowed."""
    with transaction.atomic():
        found = _locked(person, by)
        if found.is_active:
            return
        found.is_active = True
        found.save(update_fields=["is_active"])
        audit.record(audit.Action.PERSON_REACTIVATE, found)
    person.is_active = True


def reset_factors(person: User, by: User) -> int:
    """Delete the second factors of somebody else who lost them. How many there were. Raises NotAllowed.

    Not one's own: whoever took over a session would be rid of them (accounts.sign_in.second_factors asks for the password again).
    """
    if person.pk == by.pk:
        raise NotAllowed("Your own second factors are on the page of your security.")
    with transaction.atomic():
        return second_factors.reset(_locked(person, by))


def _locked(person: User, by: User | None, becoming: str | None = None) -> User:
    """The person as stored now. Until the end of the transaction nobody else changes who is an admin. Raises NotAllowed."""
    admins.lock()
    found = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if by is not None:
        # As stored, too: two admins may take the role from each other at the same time.
        acting = User.objects.get(pk=by.pk)
        if not acting.is_active or not admins.may_change(acting, found.role, becoming):
            raise NotAllowed("Only an owner may change an owner, or make somebody one.")
    return found
