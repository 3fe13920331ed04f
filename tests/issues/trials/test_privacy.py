from __future__ import annotations

import pytest

from accounts import projects
from accounts.models import Project
from issues.models import Event
from issues.privacy import stored
from issues.privacy.addresses import Addresses
from issues.privacy.stored import Given
from issues.record import writer
from issues.trials import privacy
from tests.lib import occurrences
from tests.lib.occurrences import NOW

pytestmark = pytest.mark.django_db


def given(*, names: str = "", kept: str = "", patterns: str = "", default: bool | None = None) -> Given:
    return Given(default, names, kept, patterns, Addresses.KEEP)


def send(project: Project, number: int = 2) -> None:
    event = {
        "message": "order ORD-123456 failed",
        "extra": {"customer_name": "Ada", "nested": [{"customer_mail": "ada@example.org"}], "kept": 1},
    }
    writer.record(project.pk, [occurrences.occurrence({**event}) for _ in range(number)], NOW)


def test_what_rules_would_remove_is_counted_and_shown_and_nothing_changes(shop: Project) -> None:
    send(shop)
    before = list(Event.objects.order_by("id").values())
    found = privacy.of_change(shop, given(names="customer_*", patterns="ORD-[0-9]{6}"))
    assert (found.looked, found.found, found.is_whole) == (2, 2, True)
    assert (found.changed, found.values) == (2, 6)
    kinds = {kind.name: (kind.values, kind.events) for kind in found.kinds}
    assert kinds == {"rule customer_*": (4, 2), "rule ORD-[0-9]{6}": (2, 2)}
    shown = {(each.path, each.before, each.after) for each in found.examples}
    assert shown == {
        ("message", "order ORD-123456 failed", "order [removed] failed"),
        ("extra.customer_name", "Ada", "[removed]"),
        ("extra.nested.0.customer_mail", "ada@example.org", "[removed]"),
    }
    assert {each.issue for each in found.examples} == set(shop.issues.all())
    assert list(Event.objects.order_by("id").values()) == before


def test_rules_of_the_installation_count_too_and_are_tried_on_all_projects(shop: Project) -> None:
    lab = projects.create("Lab")
    send(shop, 1), send(lab, 2)
    stored.save(None, given(names="customer_name"), seen=None)
    assert privacy.of_change(shop, given()).values == 1
    stored.save(lab, given(names="customer_mail"), seen=None)
    whole = privacy.of_change(None, given(patterns="ORD-[0-9]+"))
    assert (whole.looked, whole.changed, whole.values) == (3, 3, 5)


def test_mistakes_are_told_and_time_and_lists_are_bounded(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(stored.Invalid):
        privacy.of_change(shop, given(patterns="("))
    extra = {f"value{number}": f"v{number}" for number in range(60)}
    writer.record(shop.pk, [occurrences.occurrence({"message": "x" * 500, "extra": extra})], NOW)
    names = "\n".join(f"value{number}" for number in range(60))
    found = privacy.of_change(shop, given(names=names, patterns="x{100,}"))
    assert len(found.kinds) == privacy.MOST_KINDS
    assert len(found.examples) <= privacy.MOST_EXAMPLES
    assert all(len(each.before) <= 201 for each in found.examples)
    late = privacy.of_change(shop, given(), seconds=0)
    assert (late.looked, late.is_whole) == (0, False)
