from __future__ import annotations

from datetime import timedelta

from accounts.models import Project
from issues.models import Release, ReleaseEnvironment
from issues.states.releases import Newest, came_out_after, first_newer
from issues.versions.order import Known
from rustrak.lib import clock

MINUTE = timedelta(minutes=1)


def test_the_newest_release_is_that_of_the_environment_and_package(shop: Project) -> None:
    now = clock.now()
    for number, (version, environment) in enumerate(
        [
            ("shop@2.4.0", "production"),
            ("shop@2.5.0-beta", "staging"),
            ("web@9", "production"),
            ("", "production"),
        ]
    ):
        seen = now + number * MINUTE
        release = Release.objects.create(project=shop, version=version, first_seen=seen, last_seen=seen)
        ReleaseEnvironment.objects.create(
            release=release, environment=environment, first_seen=seen, last_seen=seen
        )
    Release.objects.create(project=shop, version="shop@3.0.0")  # nobody has seen it
    newest = Newest(shop.pk)
    assert newest.of("production", "shop@2.3.0", now) == "shop@2.4.0"
    assert newest.of("staging", "shop@2.3.0", now) == "shop@2.5.0-beta"
    assert newest.of("production", "web@8", now) == "web@9"
    assert newest.of("elsewhere", "shop@1", now) == "shop@1"
    assert newest.of("elsewhere", "", now) == "web@9"
    assert newest.of("elsewhere", "", now, anywhere=False) == ""
    assert newest.latest("production", 5) == ["web@9", "shop@2.4.0"]
    assert newest.is_any


def test_the_next_release_is_newer_and_was_not_out(shop: Project) -> None:
    now = clock.now()
    for version, seen in (("2.3.9", 3), ("2.5.0", 2), ("2.4.1", 1), ("2.6.0", -5), ("2.7.0", None)):
        at = None if seen is None else now + seen * MINUTE
        noted = now + (seen or 0) * MINUTE
        Release.objects.create(project=shop, version=version, first_seen=at, last_seen=at, created_at=noted)
    later = came_out_after(shop.pk, now)
    assert first_newer(later, Known("2.4.0"), now) == now + MINUTE
    assert first_newer(later, Known("2.5.0"), now) is None
