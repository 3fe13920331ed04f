"""The form of a rule, and the preview before it is saved."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import Project, User
from issues.alerts.rules import preview
from issues.alerts.rules.preview import Message, Preview
from issues.alerts.rules.values import RuleValues
from issues.models import AlertChannel, AlertRule, News
from tests.lib.builders import issue as make_issue

PREVIEW = preview.run
NEW = "/projects/shop/alerts/new/"
SENT = {
    "name": "Night shift", "triggers": ["new", "escalating"], "amount": "50", "unit": "users", "minutes": "15",
    "times": "5", "only_errors": "on", "environments": ["production", "", " staging "], "releases": ["shop@*"],
    "tags_key": ["browser", ""], "tags_value": ["Fire*", ""], "query": "pay", "to_members": "on",
    "cooldown_minutes": "240",
}  # fmt: skip


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[RuleValues]:
    """What a preview was asked for; it says that there are 14 messages."""
    rules: list[RuleValues] = []

    def run(project: Project, rule: RuleValues, now: datetime) -> Preview:
        rules.append(rule)
        message = Message(
            datetime(2026, 3, 1, 12, tzinfo=UTC), News.NEW, uuid4(), "SHOP-7", "<b>\u202eKeyError</b>"
        )
        return Preview(
            (message,),
            14,
            {"new": 14},
            ((date(2026, 3, 1), 14),),
            suppressed=3,
            collected=30,
            notes=("By hour.",),
        )

    monkeypatch.setattr(preview, "run", run)
    return rules


def _previewed(html: str) -> str:
    found = re.search(r'name="previewed" value="([^"]+)"', html)
    assert found
    return found[1]


def test_a_rule_is_saved_after_its_preview(
    dee_client: Client, shop: Project, asked: list[RuleValues]
) -> None:
    html = dee_client.post(NEW, {**SENT, "action": "preview"}).content.decode()
    assert not shop.alert_rules.exists()
    for said in (
        "14 messages</b> to each recipient (new issue: 14)", "3 more would have been suppressed", "30 would have been combined in messages",
        "By hour.", "1 Mar 2026", "SHOP-7", "The latest 1 messages", "affects 50 users within 15 minutes",
    ):  # fmt: skip
        assert said in " ".join(html.split()), said
    assert "<b>\u202e" not in html
    assert 'value="Night shift"' in html
    answer = dee_client.post(NEW, {**SENT, "action": "save", "previewed": _previewed(html)}, follow=True)
    assert "Night shift is saved." in answer.content.decode()
    rule = shop.alert_rules.get(name="Night shift")
    assert (rule.triggers, rule.amount, rule.unit, rule.minutes) == (["new", "escalating"], 50, "users", 15)
    assert (rule.environments, rule.releases, rule.tags) == (
        ["production", "staging"],
        ["shop@*"],
        [["browser", "Fire*"]],
    )
    assert (rule.only_errors, rule.to_members, rule.cooldown_minutes, rule.query) == (True, True, 240, "pay")
    assert rule.created_by == User.objects.get(email="dee@example.org")
    assert rule.watches_volume
    assert asked[0].environments == ("production", "staging")


def test_nothing_is_saved_that_was_not_previewed(dee_client: Client, shop: Project) -> None:
    html = dee_client.post(NEW, {**SENT, "action": "save"}).content.decode()
    assert "14 messages" in html
    seen = _previewed(html)
    changed = {**SENT, "action": "save", "previewed": seen, "cooldown_minutes": "0"}
    html = dee_client.post(NEW, changed).content.decode()
    assert "You have changed the rule since its preview" in html
    assert not shop.alert_rules.exists()
    # The name decides nothing about what is sent.
    dee_client.post(NEW, {**SENT, "action": "save", "previewed": seen, "name": "Better name"})
    assert shop.alert_rules.get(name="Better name")


def test_the_preview_counts_what_is_stored(
    dee_client: Client, shop: Project, send: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview, "run", PREVIEW)
    for number, environment, level in (
        (1, "production", "error"), (2, "production", "fatal"), (3, "production", "warning"), (4, "staging", "error"),
    ):  # fmt: skip
        sent = {
            "message": f"m{number}",
            "level": level,
            "environment": environment,
            "fingerprint": [str(number)],
        }
        send(sent, ago=timedelta(hours=30 * number))
    sent = {**SENT, "triggers": "new", "environments": "production", "action": "preview"}
    for name in ("query", "tags_key", "tags_value", "releases"):
        del sent[name]
    html = dee_client.post(NEW, sent).content.decode()
    assert "<b>2 messages</b>" in html
    assert ("SHOP-1" in html, "SHOP-2" in html, "SHOP-3" in html, "SHOP-4" in html) == (
        True,
        True,
        False,
        False,
    )
    del sent["only_errors"]
    assert "<b>3 messages</b>" in dee_client.post(NEW, sent).content.decode()
    assert "<b>nothing</b>" in dee_client.post(NEW, {**sent, "environments": "moon"}).content.decode()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "", "This field is required."),
        ("name", "x" * 101, "at most 100 characters"),
        ("triggers", [], "Choose at least one reason"),
        ("triggers", ["resolved"], "not one of the available choices"),
        ("amount", "0", "from 1 to 1,000,000."),
        ("amount", "1000001", "from 1 to 1,000,000."),
        ("minutes", "1441", "from 1 to 1,440."),
        ("times", "x", "Enter a whole number from 1 to"),
        ("unit", "moons", "not one of the available choices"),
        ("environments", ["e" * 65], "at most 64 characters"),
        ("releases", ["r"] * 10 + [f"r{number}" for number in range(60)], "at most 50"),
        ("tags_value", ["", ""], "a name and a value"),
        ("to_members", "", "at least one channel or person"),
        ("channels", ["999999"], "not one of the available choices"),
        ("people", ["x"], "not one of the available choices"),
        ("cooldown_minutes", "7", "not one of the available choices"),
        ("environments", ["a\0b"], "cannot be stored"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    dee_client: Client, shop: Project, field: str, value: Any, said: str
) -> None:
    sent = {**SENT, field: value, "action": "save", "previewed": "x"}
    if value == "":
        del sent[field]
    html = dee_client.post(NEW, sent).content.decode()
    problems = " ".join(re.findall(r'<div class="problem".*?</div>', html, re.DOTALL))
    assert said in problems, problems
    assert "Nothing is saved yet" in html
    assert 'name="previewed"' not in html
    assert not shop.alert_rules.filter(name="Night shift").exists()


def test_a_rule_can_be_changed_and_copied(dee_client: Client, shop: Project) -> None:
    rule = AlertRule.objects.create(
        project=shop, name="Old", triggers=["regressed"], to_assignee=True, cooldown_minutes=7, is_enabled=False,
        tags=[["browser", "Firefox"]], environments=["production"], levels=["fatal"],
    )  # fmt: skip
    page = f"/projects/shop/alerts/{rule.pk}/"
    html = dee_client.get(page).content.decode()
    for shown in (
        "at most once every 7 minutes",
        'value="browser"',
        'value="Firefox"',
        'value="production"',
        "is switched off",
    ):
        assert shown in html, shown
    sent = {
        "name": "Changed", "triggers": "regressed", "amount": 100, "unit": "events", "minutes": 60, "times": 5,
        "to_assignee": "on", "cooldown_minutes": 7,
    }  # fmt: skip
    seen = _previewed(dee_client.post(page, {**sent, "action": "preview"}).content.decode())
    dee_client.post(page, {**sent, "action": "save", "previewed": seen})
    rule.refresh_from_db()
    assert (rule.name, rule.tags, rule.levels, rule.is_enabled) == ("Changed", [], [], False)
    html = dee_client.get(f"{NEW}?copy={rule.pk}").content.decode()
    assert 'value="Changed (copy)"' in html
    assert dee_client.get(f"{NEW}?copy=99999999").status_code == 404
    assert dee_client.get(f"{NEW}?copy=x").status_code == 200


def test_a_rule_that_was_deleted_meanwhile(
    dee_client: Client, shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = AlertRule.objects.create(project=shop, name="Old", triggers=["new"], to_members=True)
    page = f"/projects/shop/alerts/{rule.pk}/"
    html = dee_client.post(page, {**SENT, "action": "preview"}).content.decode()

    def gone(*_: object) -> None:
        raise AlertRule.DoesNotExist

    monkeypatch.setattr("issues.alerts.rules.stored.change", gone)
    answer = dee_client.post(page, {**SENT, "action": "save", "previewed": _previewed(html)}, follow=True)
    assert "has been deleted meanwhile" in answer.content.decode()


def test_only_channels_and_people_of_the_project_are_offered(
    dee_client: Client, shop: Project, bo: User, cy: User
) -> None:
    other = Project.objects.create(name="Other", slug="other")
    foreign = AlertChannel.objects.create(project=other, name="#foreign", kind="pigeon")
    own = AlertChannel.objects.create(project=shop, name="<b>ops</b>", kind="pigeon")
    AlertChannel.objects.create(project=None, name="#shared", kind="pigeon")
    html = dee_client.get(NEW).content.decode()
    assert "&lt;b&gt;ops&lt;/b&gt; (Pigeon post)" in html
    assert "#shared (Pigeon post, shared)" in html
    assert "bo@example.org" in html
    assert "#foreign" not in html
    assert "cy@example.org" not in html
    sent = {**SENT, "channels": [own.pk, foreign.pk], "action": "save"}
    assert "not one of the available choices" in dee_client.post(NEW, sent).content.decode()


def test_what_events_have_is_suggested(dee_client: Client, shop: Project) -> None:
    issue = make_issue(shop)
    for key, value in (
        ("environment", "blue-green"),
        ("release", "shop@9"),
        ("browser", '"Fire<fox>'),
        ("os", ""),
    ):
        issue.groupings.get().tags.create(project=shop, key=key, value=value, count=1)
    other = make_issue(Project.objects.create(name="Other", slug="other"))
    other.groupings.get().tags.create(project=other.project, key="environment", value="foreign", count=1)
    html = dee_client.get(NEW).content.decode()
    for value in ("blue-green", "shop@9", "browser", "&quot;Fire&lt;fox&gt;"):
        assert f'<option value="{value}">' in html, value
    assert "foreign" not in html
    assert '<option value="">' not in html


def test_the_form_has_few_queries(
    dee_client: Client, shop: Project, django_assert_max_num_queries: Any
) -> None:
    rule = AlertRule.objects.create(project=shop, name="Old", triggers=["new"], to_members=True)
    for path in (NEW, f"/projects/shop/alerts/{rule.pk}/"):
        with django_assert_max_num_queries(12):
            dee_client.get(path)
