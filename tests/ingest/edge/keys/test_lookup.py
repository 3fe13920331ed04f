from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts import keys
from accounts.keys import Limits
from accounts.models import Project
from ingest.edge.keys.lookup import look_up
from ingest.models import InstallationQuota
from ingest.rate_limits.windows import RateLimits

OTHER = "f" * 32


@pytest.mark.django_db(transaction=True)
def test_the_limits_come_with_the_key(shop: Project, settings: Any) -> None:
    settings.MAX_EVENTS_PER_PROJECT_PER_MINUTE, settings.MAX_EVENTS_PER_PROJECT_PER_HOUR = 20, 300
    settings.MAX_EVENTS_PER_MINUTE, settings.MAX_EVENTS_PER_HOUR = 60, 1000

    def limits(**own: int | None) -> RateLimits:
        Project.objects.filter(pk=shop.pk).update(**own)
        return look_up([shop.sentry_key])[shop.sentry_key].limits

    assert limits() == RateLimits(20, 300, 60, 1000)
    assert limits(max_events_per_minute=5) == RateLimits(5, 300, 60, 1000)
    assert limits(max_events_per_minute=0, max_events_per_hour=7) == RateLimits(0, 7, 60, 1000)


@pytest.mark.django_db(transaction=True)
def test_what_is_used_up_comes_with_the_key(shop: Project, settings: Any) -> None:
    settings.MAX_EVENTS_PER_PROJECT_PER_MINUTE, settings.MAX_EVENTS_PER_HOUR = 20, 1000
    until = datetime(2026, 11, 23, 12, 1, tzinfo=UTC)

    def exceeded() -> list[str]:
        return [one.reason for one in look_up([shop.sentry_key])[shop.sentry_key].exceeded]

    assert exceeded() == []
    InstallationQuota.objects.create(pk=1, exceeded_until=until, exceeded_reason="installation_hour:1000")
    assert exceeded() == ["installation_hour"]
    Project.objects.update(quota_exceeded_until=until, quota_exceeded_reason="project_minute:20")
    assert exceeded() == ["project_minute", "installation_hour"]
    # A limit that was changed is not the one that was used up.
    settings.MAX_EVENTS_PER_HOUR = 2000
    Project.objects.update(max_events_per_minute=30)
    assert exceeded() == []


@pytest.mark.django_db(transaction=True)
def test_every_key_of_a_project_is_found_with_its_own_limits(shop: Project) -> None:
    first, second = keys.listed(shop)[0], keys.create(shop, "iOS", Limits(3, 40))
    gone, over = keys.create(shop, "Gone"), keys.create(shop, "Over")
    keys.change(gone, is_enabled=False)
    keys.rotate(over, timedelta(0))
    rotated = shop.keys.get(name="Over")
    wanted = [first, second, gone, over, rotated]
    for found in (look_up([key.key for key in wanted]), look_up(None)):
        assert {found[key.key].key_id: found[key.key].usable for key in wanted} == {
            first.pk: True, second.pk: True, gone.pk: False, over.pk: False, rotated.pk: True,
        }  # fmt: skip
        assert {holder.project_id for holder in found.values()} == {shop.pk}
        limits = found[second.key].limits
        assert (limits.key_minute, limits.key_hour) == (3, 40)
        assert not found[first.key].limits.of_key


@pytest.mark.django_db(transaction=True)
def test_known_keys_take_one_query(shop: Project, django_assert_num_queries) -> None:
    keys.listed(shop)
    with django_assert_num_queries(1):
        assert look_up([shop.sentry_key])
    with django_assert_num_queries(2):
        assert look_up([shop.sentry_key, OTHER]).keys() == {shop.sentry_key}
