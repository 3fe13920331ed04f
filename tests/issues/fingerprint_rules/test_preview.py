from __future__ import annotations

from typing import Any

import pytest

from accounts.models import GroupingMechanism, Project, User
from issues.fingerprint_rules import binding, preview, versions
from issues.groupings import mechanism
from issues.models import Event, Issue
from issues.payload.rules.matching import compiled
from issues.record import writer
from issues.trials import turn
from tests.lib import occurrences
from tests.lib.occurrences import NOW

pytestmark = pytest.mark.django_db


def thrown(type_: str, value: str, function: str = "buy", rules: str = "", **over: Any) -> Any:
    frames = [{"function": function, "module": "shop", "in_app": True}]
    event = {
        "exception": [{"type": type_, "value": value, "stacktrace": {"frames": frames}}],
        "timestamp": NOW.timestamp(),
        **over,
    }
    return occurrences.occurrence(event, rules=compiled(rules, 1) if rules else None)


@pytest.fixture
def left(shop: Project) -> Project:
    """Three issues that are one, with 1, 2 and 3 events, and another one with 4."""
    sent = [thrown("OutOfStock", f"only {number} left") for number in (1, 2, 3) for _ in range(number)]
    writer.record(shop.pk, [*sent, *(thrown("Other", "x", "pay") for _ in range(4))], NOW)
    return shop


def issues(project: Project) -> list[Issue]:
    return list(project.issues.order_by("digest_order"))


def test_what_a_rule_moves(left: Project) -> None:
    found = preview.of_change(left, "type:OutOfStock -> out-of-stock")
    assert (found.looked, found.found, found.is_whole, found.moved) == (10, 10, True, 6)
    assert (found.before, found.after, found.dropped) == (3, 1, 0)
    (destination,) = found.destinations
    assert (destination.key, destination.issue, destination.line) == ("out-of-stock", None, 1)
    sources = [(source.issue, source.moved, source.kept) for source in destination.sources]
    assert sources == [
        (issue, moved, 0) for issue, moved in zip(reversed(issues(left)[:3]), (3, 2, 1), strict=True)
    ]
    assert not found.joins_different
    assert [(use.rule.line, use.taken) for use in found.uses] == [(1, 6)]
    # Nothing is written.
    assert {event.grouping.key for event in Event.objects.select_related("grouping")} >= {
        "Other: x ⋄ <no transaction>"
    }


def test_what_stays_and_what_goes_to_an_issue_that_exists(left: Project) -> None:
    writer.record(left.pk, [thrown("OutOfStock", "only 3 left", "sell", level="info")], NOW)
    writer.record(left.pk, [thrown("Y", "y", fingerprint=["known"])], NOW)
    known = issues(left)[-1]
    found = preview.of_change(left, "type:OutOfStock !level:info -> known")
    (destination,) = found.destinations
    assert destination.issue == known
    assert (found.before, found.after) == (4, 2)
    assert [source.kept for source in destination.sources] == [1, 0, 0]


def test_a_rule_that_divides_an_issue(left: Project) -> None:
    found = preview.of_change(left, "type:Other -> {{ default }} {{ level }}")
    assert (found.moved, found.before, found.after) == (4, 1, 1)
    two = [thrown("Other", "x", "pay", level="info"), thrown("Other", "x", "pay", level="debug")]
    writer.record(left.pk, two, NOW)
    found = preview.of_change(left, "type:Other !level:error -> {{ default }} {{ level }}")
    assert (found.moved, found.before, found.after) == (2, 1, 3)


def test_joining_what_looks_different_is_said(left: Project) -> None:
    found = preview.of_change(left, "type:* -> all")
    (destination,) = found.destinations
    assert found.joins_different
    assert dict(destination.kinds) == {
        "OutOfStock: only 3 left in shop.buy": 6,
        "Other: x in shop.pay": 4,
    }


def test_in_a_project_of_smart_keys(left: Project) -> None:
    mechanism.change(left, GroupingMechanism.SMART)
    # For a while the issues of before are found by their classic keys.
    found = preview.of_change(left, "type:OutOfStock -> {{ default }}-x")
    assert (found.moved, found.before, found.after) == (6, 3, 1)
    versions.save(left, "type:OutOfStock -> out-of-stock", User.objects.create_user("a@example.org"), seen=0)
    back = preview.of_change(left, "")
    assert (back.moved, back.destinations) == (0, ())


def test_rules_that_do_nothing_say_why(left: Project) -> None:
    text = "type:Oth* -> a\ntype:Other -> b\ntype:None -> c\ntype:Oth* level:error -> d"
    uses = preview.of_change(left, text).uses
    assert [(use.taken, use.hidden, use.hidden_by, use.never) for use in uses] == [
        (4, 0, (), None), (0, 4, (1,), None), (0, 0, (), None), (0, 4, (1,), 1),
    ]  # fmt: skip


def test_dropped_titles_and_levels(left: Project) -> None:
    found = preview.of_change(left, 'type:Other -> drop\nvalue:*3* -> title="Three" level=info')
    assert (found.dropped, found.moved, found.retitled, found.levelled) == (4, 0, 3, 3)
    assert found.dropped_from == ((issues(left)[3], 4),)


def test_only_the_change_counts(left: Project, ana: User) -> None:
    text = "type:OutOfStock -> out-of-stock"
    versions.save(left, text, ana, seen=0)
    assert preview.of_change(left, f"# the same\n{text}").moved == 0
    # New events have gone to the new issue since: the old ones count as if they were there.
    writer.record(left.pk, [thrown("OutOfStock", "only 9 left", rules=text)], NOW)
    found = preview.of_change(left, "type:OutOfStock -> sold-out")
    (destination,) = found.destinations
    assert [source.issue for source in destination.sources] == [issues(left)[-1]]
    assert (found.moved, found.before, found.after) == (7, 1, 1)


def test_stored_events_that_are_elsewhere(left: Project, ana: User) -> None:
    text = "type:OutOfStock -> out-of-stock"
    assert preview.of_stored(left).moved == 0
    versions.save(left, text, ana, seen=0)
    found = preview.of_stored(left)
    assert (found.moved, found.before, found.after) == (6, 3, 1)
    oldest = issues(left)[0]
    assert binding.bind(left, "out-of-stock", oldest.pk)
    assert not binding.bind(left, "out-of-stock", oldest.pk)
    found = preview.of_stored(left)
    assert (found.moved, found.before, found.after, found.destinations[0].issue) == (5, 3, 1, oldest)
    # What the page promised is what happens.
    writer.record(left.pk, [thrown("OutOfStock", "only 9 left", rules=text)], NOW)
    oldest.refresh_from_db()
    assert oldest.event_count == 2
    with pytest.raises(binding.NotPossible, match="an issue of their own"):
        binding.bind(left, "out-of-stock", issues(left)[1].pk)
    with pytest.raises(binding.NotPossible, match="does not exist"):
        binding.bind(Project.objects.create(name="Other", slug="other"), "k", oldest.pk)


def test_no_more_is_looked_at_than_there_is_time_for(left: Project) -> None:
    found = preview.of_change(left, "type:* -> all", seconds=-1)
    assert (found.looked, found.found, found.is_whole) == (0, 10, False)
    Event.objects.filter(issue__type="Other").update(payload=b"\x09")
    found = preview.of_change(left, "type:* -> all")
    assert (found.looked, found.unreadable, found.is_whole) == (6, 4, True)


def test_previews_wait_for_each_other(left: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn, "_LONGEST_WAIT", 0)
    with turn.alone(), pytest.raises(turn.Busy, match="Try again"):
        preview.of_change(left, "type:* -> all")
    with pytest.raises(versions.Invalid):
        preview.of_change(left, "x")
