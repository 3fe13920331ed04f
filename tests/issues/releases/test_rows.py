from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import Project
from issues import usage
from issues.models import Issue, Release, ReleaseEnvironment
from issues.record.writer import record
from issues.releases import rows
from issues.retention import batches, releases
from issues.retention.batches import enforce
from issues.versions.order import Known
from rustrak.lib import clock
from tests.lib.occurrences import NOW, thrown
from tests.lib.sent_sessions import NOW as SESSIONS_NOW
from tests.lib.sent_sessions import update, updates

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def listed(project: Project) -> dict[str, int]:
    return dict(Release.objects.filter(project=project).values_list("version", "event_count"))


def test_events_create_their_releases_and_are_counted_by_environment(shop: Project) -> None:
    for hours, release, environment in [
        (0, "a", "live"),
        (-2, "a", "live"),
        (-1, "a", ""),
        (0, "b", "live"),
        (0, "", ""),
    ]:
        record(
            shop.pk,
            [
                thrown(
                    release=release,
                    environment=environment or "None",
                    timestamp=(NOW + hours * HOUR).timestamp(),
                )
            ],
            NOW,
        )
    again = thrown(release="a", environment="live")
    record(shop.pk, [again, again], NOW)
    record(shop.pk, [again], NOW)
    assert listed(shop) == {"a": 4, "b": 1}
    a = Release.objects.get(version="a")
    assert (a.first_seen, a.last_seen, a.released_at) == (NOW - 2 * HOUR, NOW, None)
    found = a.environments.order_by("environment").values_list(
        "environment", "event_count", "first_seen", "last_seen"
    )
    assert list(found) == [("", 1, NOW - HOUR, NOW - HOUR), ("live", 3, NOW - 2 * HOUR, NOW)]
    Issue.objects.all().delete()
    assert listed(shop) == {"a": 4, "b": 1}


def test_sessions_name_releases_too(shop: Project) -> None:
    updates(shop, update(init=True), update("b", init=True, started="2026-03-09T11:00:00Z", release="shop@0"))
    found = Release.objects.order_by("version").values_list(
        "version", "first_seen", "last_seen", "event_count"
    )
    end = datetime(2026, 3, 9, 23, 59, 59, 999999, tzinfo=UTC)
    assert list(found) == [("shop@0", end, end, 0), ("shop@1", SESSIONS_NOW, SESSIONS_NOW, 0)]
    assert ReleaseEnvironment.objects.filter(environment="production").count() == 2


def test_late_sessions_of_a_known_release_are_not_taken_for_those_of_a_new_one(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "MOST_ENVIRONMENTS", 1)
    for number in range(3):
        updates(shop, update(f"late{number}", init=True, started="2026-03-09T11:00:00Z"))
    known = ReleaseEnvironment.objects.get().pk
    before = shop.usage.session_bytes
    updates(shop, update("late", init=True, started="2026-03-09T11:00:00Z"))
    assert ReleaseEnvironment.objects.get().pk == known
    shop.usage.refresh_from_db()
    assert shop.usage.session_bytes - before == usage.KNOWN_SESSION


def test_a_project_has_so_many_releases(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MOST_RELEASES", 3)
    monkeypatch.setattr(rows, "MOST_ENVIRONMENTS", 4)
    record(shop.pk, [thrown(release="known")], NOW)
    sent = [thrown(release=f"r{number}") for number in range(5) for _ in range(number)]
    record(shop.pk, sent, NOW)
    assert listed(shop) == {"known": 1, "r3": 3, "r4": 4, "": 3}
    with pytest.raises(rows.BadRelease, match="3 releases"):
        rows.create(shop, "by-hand")
    record(shop.pk, [thrown(release="known", environment=f"e{number}") for number in range(5)], NOW)
    assert listed(shop)["known"] == 6
    assert ReleaseEnvironment.objects.filter(release__project=shop).count() == 4
    monkeypatch.setattr(batches, "PAUSE", 0)
    monkeypatch.setattr(releases, "_TARGET", 70)
    enforce(releases.POLICY, clock.now())
    assert listed(shop) == {"known": 6, "r4": 4, "": 6}


def test_what_a_tool_named_is_known(shop: Project) -> None:
    release, is_new = rows.create(shop, " shop@2.4.0 ")
    assert (release.version, is_new) == ("shop@2.4.0", True)
    assert rows.create(shop, "shop@2.4.0") == (release, False)
    assert rows.newest(shop.pk) is None
    rows.release_now(release, NOW)
    rows.release_now(release, NOW + HOUR)
    record(shop.pk, [thrown(release="shop@2.3.0", environment="live"), thrown(release="web@1.0")], NOW)
    assert rows.newest(shop.pk) == Known("web@1.0", None, NOW)
    assert rows.newest(shop.pk, like="shop@1.0") == Known("shop@2.4.0", NOW, None)
    assert rows.newest(shop.pk, "live") == Known("shop@2.3.0", None, NOW)
    assert rows.known(shop.pk, ["shop@2.4.0", "new", ""]) == {
        "shop@2.4.0": Known("shop@2.4.0", NOW, None),
        "new": Known("new"),
    }


@pytest.mark.parametrize("name", ["", " ", ".", "..", "a\nb", "a\0", "x" * 201])
def test_what_no_event_may_name_no_tool_may(name: str) -> None:
    with pytest.raises(rows.BadRelease):
        rows.checked(name)
