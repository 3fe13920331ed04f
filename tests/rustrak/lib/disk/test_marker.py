from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection, transaction

from rustrak.lib.disk.marker import Marker


def test_each_process_sees_each_touch_once(tmp_path: Path) -> None:
    marker = Marker("waiting")
    assert not marker.is_touched(tmp_path)
    marker.touch(tmp_path)
    other = Marker("waiting")
    assert marker.is_touched(tmp_path)
    assert other.is_touched(tmp_path)
    assert not marker.is_touched(tmp_path)
    assert (tmp_path / "waiting").stat().st_mode & 0o777 == 0o600


def test_a_directory_that_is_away_does_no_harm(tmp_path: Path) -> None:
    marker = Marker("waiting")
    marker.touch(tmp_path / "gone")
    assert not marker.is_touched(tmp_path / "gone")


@pytest.mark.django_db(transaction=True)
def test_it_is_touched_when_the_transaction_is_committed_and_once(tmp_path: Path) -> None:
    marker, other = Marker("waiting"), Marker("other")
    with transaction.atomic():
        with transaction.atomic():
            marker.touch_on_commit(tmp_path)
        marker.touch_on_commit(tmp_path)
        other.touch_on_commit(tmp_path)
        assert len(connection.run_on_commit) == 2
        assert not list(tmp_path.iterdir())
    assert marker.is_touched(tmp_path)
    assert other.is_touched(tmp_path)


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_touches_nothing(tmp_path: Path) -> None:
    marker = Marker("waiting")
    with transaction.atomic():
        with transaction.atomic():
            marker.touch_on_commit(tmp_path)
            transaction.set_rollback(True)
        assert not connection.run_on_commit
        marker.touch_on_commit(tmp_path)
    assert marker.is_touched(tmp_path)
