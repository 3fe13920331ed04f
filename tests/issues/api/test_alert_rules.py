"""/api/projects/{id}/alert-rules"""

from __future__ import annotations

from datetime import date
from typing import Any, get_args
from unittest import mock
from uuid import UUID

import pytest

from accounts.models import Membership, Project, User
from issues.alerts.rules.preview import Message, Preview
from issues.alerts.rules.values import TRIGGERS, RuleValues
from issues.api.alert_rules import Trigger
from issues.models import AlertChannel, AlertMark, AlertRule, News
from rustrak.lib import clock
from tests.lib.json_api import Caller, error_of

pytestmark = pytest.mark.django_db

WHOLE = {
    "name": "Payments", "is_enabled": True, "triggers": ["new", "escalating"],
    "escalating": {"amount": 50, "unit": "users", "minutes": 15}, "spike_times": 7, "only_errors": True,
    "levels": ["fatal"], "environments": ["production"], "releases": ["2.*"],
    "tags": [{"key": "browser", "value": "Fire*"}], "query": "timeout", "to_members": True, "to_assignee": True,
    "cooldown_minutes": 0,
}  # fmt: skip
LEAST = {"name": "Least", "triggers": ["new"], "to_members": True}


@pytest.fixture
def admin(bo: User, shop: Project) -> Caller:
    Membership.objects.filter(user=bo, project=shop).update(role=Membership.Role.ADMIN)
    return Caller(bo)


def base(project: Project) -> str:
    return f"/api/projects/{project.pk}/alert-rules"


def made(caller: Caller, project: Project, **more: Any) -> dict[str, Any]:
    answer = caller("POST", base(project), LEAST | more)
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()
    return found


def channel(project: Project | None) -> AlertChannel:
    return AlertChannel.objects.create(name="Chat", kind="slack", project=project)


def message_of(answer: Any) -> str:
    assert error_of(answer) == (400, "ValidationError")
    return str(answer.json()["error"]["message"])


def test_the_names_of_triggers_are_those_of_rules() -> None:
    assert set(get_args(Trigger)) == {each.value for each in TRIGGERS}


def test_a_rule_is_created_read_changed_and_deleted(admin: Caller, bo: User, shop: Project) -> None:
    own, shared = channel(shop), channel(None)
    body = WHOLE | {"channels": [shared.pk, own.pk], "people": [bo.email.upper()]}
    answer = admin("POST", base(shop), body)
    assert answer.status_code == 201
    rule = answer.json()
    assert rule.items() >= (body | {"channels": [own.pk, shared.pk], "people": [bo.pk]}).items()
    assert rule["project_id"] == shop.pk
    path = f"{base(shop)}/{rule['id']}"
    assert admin.get(path) == rule
    assert rule in admin.all(base(shop))
    changed = admin("PATCH", path, {"escalating": {"amount": 5}, "tags": [], "people": [bo.pk]}).json()
    kept = {name: value for name, value in rule.items() if name not in {"escalating", "tags", "updated_at"}}
    assert changed.items() >= kept.items()
    assert changed["escalating"] == {"amount": 5, "unit": "users", "minutes": 15}
    assert changed["tags"] == []
    assert admin("PATCH", path, {}).json().items() >= kept.items()
    assert admin("DELETE", path).status_code == 204
    assert error_of(admin("GET", path)) == (404, "NotFound")
    assert error_of(admin("DELETE", path)) == (404, "NotFound")


def test_a_project_begins_with_a_rule_that_does_not_come_back(admin: Caller, shop: Project) -> None:
    (first,) = admin.all(base(shop))
    assert first.items() >= {"triggers": ["new", "regressed"], "to_members": True}.items()
    assert admin("DELETE", f"{base(shop)}/{first['id']}").status_code == 204
    assert admin.all(base(shop)) == []


def test_what_is_left_out_has_the_default(admin: Caller, shop: Project) -> None:
    rule = made(admin, shop)
    assert rule.items() >= {
        "is_enabled": True, "escalating": {"amount": 100, "unit": "events", "minutes": 60}, "spike_times": 5,
        "only_errors": False, "levels": [], "environments": [], "releases": [], "tags": [], "query": "",
        "channels": [], "people": [], "to_assignee": False, "cooldown_minutes": 60, "suppressed": 0,
    }.items()  # fmt: skip


def test_a_rule_says_how_much_its_cooldown_held_back(admin: Caller, shop: Project) -> None:
    rule, other = made(admin, shop), made(admin, shop)
    for subject, count in (("a", 2), ("b", 3), ("c", 0)):
        AlertMark.objects.create(
            rule_id=rule["id"], subject=subject, trigger="new", at=clock.now(), suppressed=count
        )
    counts = {each["id"]: each["suppressed"] for each in admin.all(base(shop))}
    assert (counts[rule["id"]], counts[other["id"]]) == (5, 0)
    assert admin.get(f"{base(shop)}/{rule['id']}")["suppressed"] == 5


def test_the_list_is_read_in_pages(admin: Caller, shop: Project) -> None:
    rules = [made(admin, shop)["id"] for _ in range(3)]
    found = [each["id"] for each in admin.all(base(shop), limit=1)]
    assert found[-3:] == rules
    assert error_of(admin("GET", f"{base(shop)}?cursor=x")) == (400, "ValidationError")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": " "}, "name: "),
        ({"triggers": []}, "triggers: "),
        ({"triggers": ["resolved"]}, "triggers.0: "),
        ({"escalating": {"amount": 0}}, "escalating.amount: "),
        ({"escalating": {"minutes": 10**30}}, "escalating.minutes: "),
        ({"escalating": {"unit": "x"}}, "escalating.unit: "),
        ({"spike_times": 0}, "spike_times: "),
        ({"cooldown_minutes": -1}, "cooldown_minutes: "),
        ({"levels": ["bad"]}, "levels.0: "),
        ({"environments": ["a\0"]}, "environments.0: must not contain a NUL character"),
        ({"releases": ["x" * 201]}, "releases: "),
        ({"tags": [{"key": "a"}]}, "tags.0.value: "),
        ({"tags": [{"key": "", "value": "x"}]}, "tags: "),
        ({"query": "x" * 201}, "query: "),
        ({"channels": [10**30]}, "channels.0: "),
        ({"channels": [4711]}, "channels: "),
        ({"people": [10**30]}, "people.0: must be the id of a user, or an e-mail address"),
        ({"people": [True]}, "people.0: must be the id"),
        ({"people": ["bo"]}, "people.0: must be the id"),
        ({"people": ["nobody@example.org"]}, "people: not members of this project: nobody@example.org"),
        ({"to_members": False}, "channels: "),
        ({"is_enabled": 1}, "is_enabled: "),
    ],
    ids=str,
)  # fmt: skip
def test_an_error_names_the_field_and_nothing_is_changed(
    admin: Caller, shop: Project, wrong: dict[str, Any], said: str
) -> None:
    rule = made(admin, shop)
    before = AlertRule.objects.count()
    assert message_of(admin("POST", base(shop), LEAST | wrong)).startswith(said)
    assert message_of(admin("POST", f"{base(shop)}/preview", LEAST | wrong)).startswith(said)
    path = f"{base(shop)}/{rule['id']}"
    assert message_of(admin("PATCH", path, wrong)).startswith(said)
    assert message_of(admin("POST", f"{path}/preview", wrong)).startswith(said)
    assert AlertRule.objects.count() == before
    assert admin.get(path) == rule


def test_members_read_and_only_admins_write(admin: Caller, shop: Project, cy: User, ana: User) -> None:
    rule = made(admin, shop)
    Membership.objects.create(user=cy, project=shop)
    path = f"{base(shop)}/{rule['id']}"
    for member in (Caller(cy), Caller(cy, token=True)):
        assert member.get(path) == rule
        for method, where, body in (
            ("POST", base(shop), LEAST), ("PATCH", path, {"name": "Mine"}), ("DELETE", path, None),
        ):  # fmt: skip
            assert error_of(member(method, where, body)) == (403, "Forbidden")
    assert Caller(ana, token=True)("PATCH", path, {"name": "Ours"}).json()["name"] == "Ours"
    assert AlertRule.objects.get(pk=rule["id"]).name == "Ours"


def test_other_projects_rules_channels_and_people_are_not_there(
    admin: Caller, shop: Project, cy: User
) -> None:
    """Bo is an admin of both projects, Cy a member of the other one."""
    other = Project.objects.create(name="Other", slug="other")
    foreign = channel(other)
    bo = User.objects.get(email="bo@example.org")
    Membership.objects.create(user=bo, project=other, role=Membership.Role.ADMIN)
    Membership.objects.create(user=cy, project=other)
    rule = made(admin, shop)
    mixed = f"{base(other)}/{rule['id']}"
    for method, where, body in (
        ("GET", mixed, None), ("PATCH", mixed, {"name": "x"}), ("DELETE", mixed, None), ("POST", f"{mixed}/preview", {}),
    ):  # fmt: skip
        assert error_of(admin(method, where, body)) == (404, "NotFound")
        assert error_of(Caller(cy)(method, where.replace(base(other), base(shop)), body)) == (404, "NotFound")
    path = f"{base(shop)}/{rule['id']}"
    for wrong in ({"channels": [foreign.pk]}, {"people": [cy.pk]}, {"people": [cy.email]}):
        for method, where in (("POST", base(shop)), ("PATCH", path), ("POST", f"{path}/preview")):
            assert message_of(admin(method, where, LEAST | wrong)).startswith(next(iter(wrong)))
    # Neither the project nor anything else that is no field of a rule can be set.
    answer = admin(
        "PATCH", path, {"project_id": other.pk, "project": other.pk, "id": 1, "watches_volume": True}
    )
    assert answer.json() | {"updated_at": ""} == rule | {"updated_at": ""}
    assert not AlertRule.objects.filter(project=other).exists()


def test_two_changes_at_the_same_time_undo_nothing_of_each_other(admin: Caller, shop: Project) -> None:
    rule = made(admin, shop)
    path = f"{base(shop)}/{rule['id']}"
    real = AlertRule.objects.filter

    def meanwhile(*arguments: Any, **named: Any) -> Any:
        """Another change, between the look-up and the change."""
        found = real(*arguments, **named)
        if named.get("pk") == rule["id"]:
            AlertRule.objects.all().filter(pk=rule["id"]).update(cooldown_minutes=5)
        return found

    with mock.patch.object(AlertRule.objects, "filter", meanwhile):
        admin("PATCH", path, {"name": "Other"})
    assert admin.get(path).items() >= {"name": "Other", "cooldown_minutes": 5}.items()


def test_a_preview_shows_what_would_have_been_sent_and_saves_nothing(admin: Caller, shop: Project) -> None:
    rule = made(admin, shop)
    issue = UUID(int=1)
    now = clock.now()
    found = Preview(
        messages=(Message(now, News.NEW, issue, "SHOP-1", "Boom"), Message(now, News.BURST, total=40)),
        total=2, by_trigger={"new": 2}, by_day=((date(2026, 11, 26), 2),), suppressed=3, collected=40, notes=("Hm.",),
    )  # fmt: skip
    asked: list[RuleValues] = []

    def run(project: Project, chosen: RuleValues, now: object) -> Preview:
        assert project == shop
        asked.append(chosen)
        return found

    before = list(AlertRule.objects.values())
    with mock.patch("issues.alerts.rules.preview.run", run):
        answer = admin("POST", f"{base(shop)}/preview", WHOLE).json()
        assert answer == admin("POST", f"{base(shop)}/{rule['id']}/preview", {"cooldown_minutes": 9}).json()
        assert answer == admin("POST", f"{base(shop)}/{rule['id']}/preview", {}).json()
    at = clock.rfc3339(now)
    none = {"issue_id": None, "short_id": None, "title": "", "detail": ""}
    assert answer == {
        "items": [
            {"at": at, "news": "new", "issue_id": str(issue), "short_id": "SHOP-1", "title": "Boom", "detail": "", "total": 1},
            {"at": at, "news": "burst", "total": 40} | none,
        ],
        "total": 2, "by_trigger": {"new": 2}, "by_day": [{"day": "2026-11-26", "count": 2}],
        "suppressed": 3, "collected": 40, "notes": ["Hm."],
    }  # fmt: skip
    assert [(one.name, one.cooldown_minutes) for one in asked] == [
        ("Payments", 0),
        ("Least", 9),
        ("Least", 60),
    ]
    assert asked[0].tags == (("browser", "Fire*"),)
    assert list(AlertRule.objects.values()) == before
