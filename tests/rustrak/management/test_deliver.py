from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import override_settings

from accounts.models import Project
from issues.models import AlertFact, CheckIn
from rustrak.lib import clock
from tests.lib import alerts
from tests.lib.check_ins import EVERY_TEN, check_in, send
from tests.lib.spooled import segment_of


@pytest.mark.django_db(transaction=True)
def test_once_detects_late_runs_but_not_those_that_may_be_in_the_spool(shop: Project, tmp_path: Path) -> None:
    now = clock.now()
    send(shop, check_in(at=now - timedelta(hours=1), monitor_config=EVERY_TEN))
    late = segment_of(tmp_path, now - timedelta(minutes=55))
    with override_settings(INGEST_DIR=tmp_path):
        call_command("deliver", "--once")
        assert not CheckIn.objects.filter(status="missed").exists()
        os.unlink(late)
        call_command("deliver", "--once")
        assert CheckIn.objects.filter(status="missed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_dropping_what_waits_sends_nothing(
    shop: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = alerts.delivery(shop, alerts.channel())
    AlertFact.objects.create(project=shop, changes=[["new", None, None]] * 3)
    with override_settings(RUN_DIR=tmp_path):
        call_command("deliver", "--drop-waiting")
    assert "1 alert and 3 changes will not be sent" in capsys.readouterr().out
    one.refresh_from_db()
    assert (one.status, one.attempts) == ("dropped", 0)
    assert one.reason == "An operator dropped all alerts that waited."
