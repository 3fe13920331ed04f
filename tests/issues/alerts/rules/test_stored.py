"""Creating, changing and deleting rules."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from accounts.models import Project, User
from issues.alerts.rules import stored
from issues.alerts.rules.stored import Invalid
from issues.alerts.rules.values import RuleValues
from issues.models import AlertChannel, AlertDelivery, AlertRule, News

GOOD = RuleValues(name="All", triggers=("new",), to_members=True)


def channel(project: Project | None = None, **fields: Any) -> AlertChannel:
    return AlertChannel.objects.create(name="ops", kind="webhook", project=project, **fields)


@pytest.fixture
def rule(shop: Project) -> AlertRule:
    return stored.create(shop, GOOD, None)


def delivery(rule: AlertRule, user: User, **fields: Any) -> AlertDelivery:
    return AlertDelivery.objects.create(project=rule.project, rule=rule, user=user, news=News.NEW, **fields)


def test_a_rule_is_stored_as_it_was_chosen(shop: Project, ana: User, bo: User) -> None:
    chosen = RuleValues(
        name="  Payments \t in production ",
        triggers=("new", "spike", "new"),
        levels=("error", "fatal"),
        environments=("production", " ", "production "),
        releases=("shop@2.*",),
        tags=(("customer", "acme*"), ("", "")),
        query=" timeout ",
        channels=(channel(shop).pk,),
        people=(bo.pk, ana.pk),
        cooldown_minutes=0,
    )  # fmt: skip

    rule = stored.create(shop, chosen, ana)

    assert stored.values(AlertRule.objects.get(pk=rule.pk)) == dataclasses.replace(
        chosen,
        name="Payments in production",
        triggers=("new", "spike"),
        environments=("production",),
        tags=(("customer", "acme*"),),
        query="timeout",
        people=tuple(sorted([ana.pk, bo.pk])),
    )
    assert rule.watches_volume
    assert rule.created_by == ana


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "\u200b"),
        ("name", "n" * 101),
        ("name", "a\x00b"),
        ("triggers", ()),
        ("triggers", ("new", "resolved")),
        ("unit", "weeks"),
        ("amount", 0),
        ("amount", 1_000_001),
        ("minutes", 0),
        ("minutes", 1441),
        ("times", 0),
        ("times", 1001),
        ("cooldown_minutes", -1),
        ("cooldown_minutes", 10_081),
        ("levels", ("warn",)),
        ("environments", ("e" * 65,)),
        ("environments", tuple(map(str, range(51)))),
        ("releases", ("r" * 201,)),
        ("releases", ("a\ud800",)),
        ("tags", (("key", ""),)),
        ("tags", (("", "value"),)),
        ("tags", (("k" * 201, "value"),)),
        ("query", "q" * 201),
        ("query", "a\x00"),
        ("query", "is:opn"),
        ("query", "is:for_review"),
        ("query", "-assigned:[me,none]"),
        ("query", "monitor:nightly"),
        ("channels", (1 << 40,)),
        ("people", (1 << 40,)),
        ("people", tuple(range(101))),
    ],
)
def test_what_no_rule_can_have_is_refused_beside_its_field(shop: Project, field: str, value: Any) -> None:
    with pytest.raises(Invalid) as refused:
        stored.create(shop, dataclasses.replace(GOOD, **{field: value}), None)
    assert list(refused.value.errors) == [field]
    assert refused.value.errors[field].endswith(".")
    assert not AlertRule.objects.exists()


def test_a_rule_must_tell_somebody(shop: Project) -> None:
    with pytest.raises(Invalid) as refused:
        stored.create(shop, dataclasses.replace(GOOD, to_members=False), None)
    assert "channels" in refused.value.errors


def test_only_channels_and_people_of_the_project_can_be_chosen(shop: Project, cy: User) -> None:
    other = channel(Project.objects.create(name="Other", slug="other"))
    with pytest.raises(Invalid) as refused:
        stored.create(shop, dataclasses.replace(GOOD, channels=(other.pk,), people=(cy.pk,)), None)
    assert set(refused.value.errors) == {"channels", "people"}
    everybodys = channel()
    assert (
        stored.create(shop, dataclasses.replace(GOOD, channels=(everybodys.pk,)), None).channels.get()
        == everybodys
    )


def test_a_change_leaves_the_other_fields(rule: AlertRule, shop: Project) -> None:
    stored.change(rule, {"query": "timeout"})
    stale = AlertRule.objects.get(pk=rule.pk)
    stored.change(rule, {"triggers": ("escalating",), "amount": 5})

    changed = stored.change(stale, {"name": "Renamed"})

    assert stored.values(changed) == dataclasses.replace(
        GOOD, name="Renamed", query="timeout", triggers=("escalating",), amount=5
    )
    assert changed.watches_volume
    assert changed.updated_at > rule.updated_at
    assert not stored.change(rule, {"triggers": ("new",)}).watches_volume
    with pytest.raises(Invalid):
        stored.change(rule, {"triggers": ()})
    assert AlertRule.objects.get(pk=rule.pk).triggers == ["new"]


def test_a_person_who_has_left_the_project_does_not_stop_other_changes(shop: Project, bo: User) -> None:
    rule = stored.create(shop, dataclasses.replace(GOOD, people=(bo.pk,)), None)
    bo.memberships.all().delete()

    assert not stored.change(rule, {"name": "Renamed"}).people.exists()
    with pytest.raises(Invalid):
        stored.change(rule, {"people": (bo.pk,)})


def test_a_project_has_a_bounded_number_of_rules(
    rule: AlertRule, shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "MOST_RULES", 1)
    with pytest.raises(Invalid, match="at most 1 alert rules"):
        stored.create(shop, GOOD, None)
    stored.delete(rule)
    stored.create(shop, GOOD, None)


@pytest.mark.parametrize("how", ["delete", "disable"])
def test_what_waits_is_dropped_with_the_rule(rule: AlertRule, bo: User, how: str) -> None:
    waiting = delivery(rule, bo)
    sent = delivery(rule, bo, status=AlertDelivery.Status.SENT)
    of_two_rules = delivery(rule, bo, facts={"rules": ["Another"]})

    if how == "delete":
        stored.delete(rule)
    else:
        stored.change(rule, {"is_enabled": False})

    for each in (waiting, sent, of_two_rules):
        each.refresh_from_db()
    assert waiting.status == AlertDelivery.Status.DROPPED
    assert waiting.reason == ("The rule was deleted." if how == "delete" else "The rule was switched off.")
    assert waiting.finished_at
    assert sent.status == AlertDelivery.Status.SENT
    assert of_two_rules.status == AlertDelivery.Status.WAITING
