from __future__ import annotations

import re
from pathlib import Path

import pytest

from accounts import access
from accounts.access import Capability, roles
from accounts.models import Membership, Project, User

C = Capability
PAGE = Path(__file__).parents[3] / "docs" / "access.md"


@pytest.fixture
def api(db: None) -> Project:
    return Project.objects.create(name="API", slug="api")


def _person(name: str, role: str = "member", **projects: Project) -> User:
    user = User.objects.create_user(f"{name}@example.org", role=role)
    for role_in, project in projects.items():
        Membership.objects.create(user=user, project=project, role=role_in)
    return user


def _table(heading: str) -> tuple[list[str], dict[str, list[str]]]:
    """The roles of a table of docs/access.md, and by capability what its cells say."""
    part = PAGE.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in part.splitlines()
        if line.startswith("|")
    ]
    named = {m.group(1): row[1:] for row in rows if (m := re.match(r"`([a-z:]+)`", row[0]))}
    return rows[0][1:], named


def test_the_page_shows_what_each_role_gives() -> None:
    names, rows = _table("In the installation")
    everywhere = frozenset(rows)
    for place, name in enumerate(names):
        assert {each for each, cells in rows.items() if cells[place] == "yes"} == (
            roles.OF_INSTALLATION[name] & everywhere
        ), name
    inside, given = _table("In a project")
    for place, name in enumerate(inside):
        assert {each for each, cells in given.items() if cells[place] == "yes"} == roles.OF_PROJECT[name], (
            name
        )
    assert everywhere | set(given) == set(Capability)
    # "everything below, in every project"
    below = {each for each in given if each not in everywhere}
    assert below <= roles.OF_INSTALLATION["owner"] == roles.OF_INSTALLATION["admin"]
    assert roles.OF_INSTALLATION["auditor"] & below == {each for each in below if each.endswith(":read")}
    assert not roles.OF_INSTALLATION["member"] & below


def test_a_role_counts_in_its_project_alone(shop: Project, api: Project) -> None:
    user = _person("dee", admin=shop, viewer=api)
    assert access.may(user, C.PROJECT_ADMIN, shop)
    assert access.may(user, C.EVENT_READ, api)
    assert not access.may(user, C.EVENT_WRITE, api)
    assert not access.may(user, C.EVENT_WRITE)
    assert list(access.where_may(user, C.EVENT_WRITE)) == [shop]
    assert set(access.where_may(user, C.EVENT_READ)) == {shop, api}
    assert access.may_somewhere(user, C.ALERTS_WRITE)
    assert not access.may_somewhere(user, C.ORG_WRITE)
    assert access.role_in(user, shop) == "admin"


def test_an_auditor_changes_nothing_whatever_their_roles(shop: Project, api: Project) -> None:
    auditor = _person("dee", "auditor", admin=shop)
    assert set(access.where_may(auditor, C.EVENT_READ)) == {shop, api}
    assert access.may(auditor, C.AUDIT_READ)
    assert access.may(auditor, C.PROFILE_WRITE, shop)
    for capability in set(Capability) - roles.READS - {C.PROFILE_WRITE}:
        assert not access.may(auditor, capability, shop)
        assert not access.may_somewhere(auditor, capability)
        assert not access.within_reach(auditor, capability)
    assert auditor not in access.who_act([shop])
    assert auditor in access.who_see([api])


@pytest.mark.parametrize("role", ["owner", "admin"])
def test_admins_may_everything_everywhere(shop: Project, role: str) -> None:
    admin = _person("dee", role)
    for capability in Capability:
        assert access.may(admin, capability)
        assert access.may(admin, capability, shop)
        assert list(access.where_may(admin, capability)) == [shop]
    assert access.who_act([shop]).get() == access.who_see([shop]).get() == admin


def test_nobody_may_more_than_their_token(ana: User, shop: Project, api: Project) -> None:
    ana.token_projects, ana.token_capabilities = frozenset({shop.pk}), frozenset({"event:read"})
    assert access.may(ana, C.EVENT_READ, shop)
    assert not access.may(ana, C.EVENT_READ, api)
    assert not access.may(ana, C.EVENT_WRITE, shop)
    assert list(access.where_may(ana, C.EVENT_READ)) == [shop]
    assert not access.where_may(ana, C.EVENT_WRITE).exists()
    assert not access.within_reach(ana, C.PROJECT_READ)
    bo = _person("bo", member=shop)
    bo.token_projects = frozenset({api.pk})
    assert not access.may(bo, C.EVENT_READ, shop)


def test_a_token_for_projects_is_for_nothing_that_they_share(ana: User, shop: Project, api: Project) -> None:
    ana.token_projects = frozenset({shop.pk})
    assert {each for each in C if access.may(ana, each)} == {C.ORG_READ}
    assert {each for each in C if access.may(ana, each, shop)} == set(C)
    somewhere = {
        C.PROJECT_READ,
        C.PROJECT_WRITE,
        C.PROJECT_RELEASES,
        C.EVENT_READ,
        C.EVENT_WRITE,
        C.EVENT_ADMIN,
    }
    assert {each for each in C if access.may_somewhere(ana, each)} == somewhere | {C.ORG_READ}
    assert {each for each in C if access.within_reach(ana, each)} == somewhere | {C.ORG_READ}
    assert all(list(access.where_may(ana, each)) == [shop] for each in somewhere)
    ana.token_projects = frozenset()
    assert not access.may_somewhere(ana, C.EVENT_READ)


def test_somebody_who_is_deactivated_may_nothing(ana: User, shop: Project) -> None:
    ana.is_active = False
    assert not any(access.may(ana, each, shop) or access.may_somewhere(ana, each) for each in Capability)


def test_who_sees_and_who_acts(ana: User, bo: User, cy: User, shop: Project, api: Project) -> None:
    viewer = _person("dee", viewer=shop)
    gone = _person("eve", admin=shop)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    assert set(access.who_see([shop])) == {ana, bo, viewer}
    assert set(access.who_act([shop])) == {ana, bo}
    assert set(access.who_see([api])) == {ana}


def test_a_page_asks_once(bo: User, shop: Project, django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        assert access.may(bo, C.EVENT_WRITE, shop)
        assert not access.may(bo, C.PROJECT_ADMIN, shop)
        assert access.role_in(bo, shop) == "member"
