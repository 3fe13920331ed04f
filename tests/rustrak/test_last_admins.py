"""The last owner of the installation and the last admin of a project stay what they are, whichever road somebody takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Membership, Project, User
from tests.conftest import PASSWORD
from tests.lib.json_api import Caller

pytestmark = pytest.mark.django_db

# What of a person is not changed. Django's admin sends all of its form.
FORM = {"name": "", "theme": "system", "time_zone": "", "date_format": "day", "date_joined_0": "2026-01-01"}
Road = Callable[[Caller, User], Any]


def page(**sent: str) -> Road:
    return lambda by, person: post(by, f"/people/{person.pk}/", sent)


def members_page(**sent: str) -> Road:
    return lambda by, person: post(
        by, f"/projects/shop/settings/members/{person.memberships.get().pk}/", sent
    )


def api(**body: Any) -> Road:
    return lambda by, person: by("PATCH", f"/api/users/{person.pk}", body)


def admin(**sent: str) -> Road:
    def change(by: Caller, person: User) -> Any:
        active = {} if "is_active" in sent else {"is_active": "on"}
        changed = {name: value for name, value in sent.items() if value}
        form = FORM | {"email": person.email, "role": person.role} | active | changed
        return post(by, f"/admin/accounts/user/{person.pk}/change/", form)

    return change


def admin_deletes(by: Caller, person: User) -> Any:
    return post(by, f"/admin/accounts/user/{person.pk}/delete/", {"post": "yes"})


def admin_deletes_many(by: Caller, person: User) -> Any:
    sent = {"action": "delete_selected", "_selected_action": str(person.pk), "post": "yes"}
    return post(by, "/admin/accounts/user/", sent)


def command(*words: str) -> Road:
    def run(by: Caller, person: User) -> None:
        with pytest.raises(CommandError, match="only"):
            call_command(words[0], person.email, *words[1:])

    return run


def post(by: Caller, path: str, sent: dict[str, str]) -> Any:
    answer = by.client.post(path, sent, headers=by.headers)
    assert answer.status_code in (200, 302, 403), (path, answer.status_code)
    return answer


OF_INSTALLATION: dict[str, Road] = {
    "page: demote": page(action="role", role="admin"),
    "page: deactivate": page(action="deactivate"),
    "API: demote": api(role="member"),
    "API: deactivate": api(is_active=False),
    "admin: demote": admin(role="member"),
    "admin: deactivate": admin(is_active=""),
    "admin: delete": admin_deletes,
    "admin: delete selected": admin_deletes_many,
    "command: demote": command("set_role", "auditor"),
    "command: deactivate": command("deactivate_user"),
}
OF_PROJECT: dict[str, Road] = {
    "page: demote": members_page(action="role", role="member"),
    "page: make a viewer": members_page(action="role", role="viewer"),
    "page: remove": members_page(action="remove"),
    "page: deactivate": page(action="deactivate"),
    "page: make an auditor": page(action="role", role="auditor"),
    "API: deactivate": api(is_active=False),
    "API: make an auditor": api(role="auditor"),
    "admin: deactivate": admin(is_active=""),
    "admin: make an auditor": admin(role="auditor"),
    "admin: delete": admin_deletes,
    "admin: delete selected": admin_deletes_many,
    "command: deactivate": command("deactivate_user"),
    "command: make an auditor": command("set_role", "auditor"),
}


def state() -> Any:
    people = list(User.objects.order_by("email").values_list("email", "role", "is_active"))
    return people, list(Membership.objects.values_list("user__email", "role"))


@pytest.mark.parametrize("road", OF_INSTALLATION)
def test_the_last_owner_stays(ana: User, bo: User, road: str) -> None:
    User.objects.filter(pk=bo.pk).update(role="admin")
    before = state()
    OF_INSTALLATION[road](Caller(ana), ana)
    assert state() == before
    # With another owner the same road leads on.
    other = User.objects.create_user("eve@example.org", PASSWORD, role="owner")
    if not road.startswith("command"):
        OF_INSTALLATION[road](Caller(other), ana)
        assert ("ana@example.org", "owner", True) not in state()[0]


@pytest.mark.parametrize("road", OF_PROJECT)
def test_the_last_admin_of_a_project_stays(ana: User, bo: User, cy: User, shop: Project, road: str) -> None:
    Membership.objects.update(role="admin")
    before = state()
    OF_PROJECT[road](Caller(ana), bo)
    assert state() == before
    # With another admin the same road leads on.
    Membership.objects.create(user=cy, project=shop, role="admin")
    if not road.startswith("command"):
        OF_PROJECT[road](Caller(ana), bo)
        assert ("bo@example.org", "member", True) not in state()[0] or (
            "bo@example.org",
            "admin",
        ) not in state()[1]
