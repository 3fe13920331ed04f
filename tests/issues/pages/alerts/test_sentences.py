"""A rule in plain words."""

from __future__ import annotations

import re
from html import unescape

import pytest

from issues.alerts.rules.values import RuleValues
from issues.pages.alerts.sentences import Recipients, sentence


def _read(html: str) -> str:
    html = html.replace("<span class='visually-hidden'>, tell</span>", "")
    return unescape(re.sub(r"<[^>]+>", "", html))


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (RuleValues("", ("new",)), "When an issue is new → nobody, at most once an hour for each issue."),
        (
            RuleValues("", ("new", "regressed"), to_members=True, cooldown_minutes=0),
            "When an issue is new or regresses → 4 members by e-mail, every time.",
        ),
        (
            RuleValues("", ("new", "monitor_failed", "monitor_recovered"), to_assignee=True, cooldown_minutes=90),
            "When an issue is new, or a monitor fails or recovers → the assignee by e-mail,"
            " at most once every 90 minutes for each issue or monitor.",
        ),
        (
            RuleValues("", ("escalating",), amount=1200, unit="users", minutes=1440, cooldown_minutes=1440),
            "When an issue affects 1,200 users within a day → nobody, at most once a day for each issue.",
        ),
        (
            RuleValues("", ("spike",), cooldown_minutes=30),
            "When the project has 5 times as many events as usual → nobody, at most once every 30 minutes.",
        ),
        (
            RuleValues("", ("spike",), times=1, cooldown_minutes=0),
            "When the project has as many events as usual → nobody, every time.",
        ),
        (
            RuleValues("", ("monitor_recovered",)),
            "When a monitor recovers → nobody, at most once an hour for each monitor.",
        ),
        (
            RuleValues("", ("spike", "unmuted"), times=3),
            "When an issue is unmuted, or the project has 3 times as many events as usual → nobody,"
            " at most once an hour for each issue.",
        ),
        (
            RuleValues(
                "", ("new",), only_errors=True, environments=("production", "staging"), releases=("shop@1.*",),
                tags=(("browser", "Firefox"),), query="pay", levels=("fatal",),
            ),
            "When an issue is new, in production or staging, of level error or fatal, of level fatal, in release shop@1.*,"
            " with browser: Firefox, that matches “pay” → nobody, at most once an hour for each issue.",
        ),
    ],
)  # fmt: skip
def test_a_rule_is_a_sentence(rule: RuleValues, said: str) -> None:
    assert _read(sentence(rule, Recipients(members=4))) == said


def test_channels_and_people_are_named() -> None:
    to = Recipients(channels=[("#ops", "Slack")], people=["Ana", "Bo"])
    rule = RuleValues("", ("new",), to_assignee=True)
    assert "→ #ops (Slack), and Ana, Bo and the assignee by e-mail, at most" in _read(sentence(rule, to))
    many = Recipients(channels=[(f"#{number}", "Slack") for number in range(9)])
    assert "#4 (Slack) and 4 more channels" in _read(sentence(RuleValues("", ("new",)), many))


def test_names_are_escaped_isolated_and_cut() -> None:
    hostile = "<b>\u202eevil" + "x" * 100
    html = sentence(
        RuleValues("", ("new",), environments=(hostile,)), Recipients(channels=[(hostile, "<i>")])
    )
    assert "<b>" not in html
    assert "<i>" not in html
    assert "\u202e" not in html
    assert html.count("<bdi>&lt;b&gt;⟨U+202E⟩evil") == 2
    assert "x" * 60 not in html
