from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Project
from issues.alerts.delivery.standing import standing
from issues.models import AlertFact
from rustrak.lib import clock
from tests.lib import alerts

pytestmark = pytest.mark.django_db


def test_the_figures(shop: Project, django_assert_max_num_queries: Any) -> None:
    now = clock.now()
    channel = alerts.channel()
    alerts.delivery(shop, channel, next_attempt_at=now - timedelta(minutes=3))
    alerts.delivery(
        shop, alerts.channel(not_before=now + timedelta(hours=1)), next_attempt_at=now - timedelta(hours=3)
    )
    alerts.delivery(shop, channel, status="sent")
    AlertFact.objects.create(project=shop, at=now - timedelta(seconds=7))
    with django_assert_max_num_queries(12):
        found = standing(now)
    assert found.by_status == {"collecting": 0, "waiting": 2, "sent": 1, "given_up": 0, "dropped": 0}
    assert found.waiting == 2
    assert found.due_since == now - timedelta(minutes=3)
    assert (found.facts, found.facts_since) == (1, now - timedelta(seconds=7))
    assert (found.given_up, found.error, found.paused, found.restored_at) == (0, "", (), None)
