from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

import pytest

from accounts.models import Project
from ingest import spool
from ingest.digest import loop, set_aside
from ingest.ledger.outcomes import Outcome
from ingest.models import OutcomeCount
from ingest.spool import Record
from ingest.spool.quarantine_files import usage
from ingest.spool.quarantine_writer import INLINE_BYTES
from ingest.spool.quarantine_writer import of as quarantine_of
from rustrak.lib import clock
from tests.lib import spooled
from tests.lib.spooled import hex_id

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


@pytest.fixture
def shop() -> Project:
    return Project.objects.create(name="Shop", slug="shop")


def bad(project: Project, number: int, size: int = 10) -> Record:
    return Record("event", project.pk, hex_id(number), 1_764_000_000.0, None, None, b"\xff" * size)


def counted(outcome: Outcome) -> dict[str, int]:
    found: dict[str, int] = {}
    for reason, quantity in OutcomeCount.objects.filter(outcome=outcome).values_list("reason", "quantity"):
        found[reason] = found.get(reason, 0) + quantity
    return found


def test_many_bad_items_of_a_request_are_one_file(
    tmp_path: Path, shop: Project, caplog: pytest.LogCaptureFixture
) -> None:
    spool.write_sealed(tmp_path, [bad(shop, number) for number in range(200)])
    with caplog.at_level(logging.ERROR):
        loop.drain(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["quarantine"]
    assert len(list((tmp_path / "quarantine").iterdir())) == 1
    assert len(spooled.set_aside(tmp_path)) == 200
    assert counted(Outcome.INVALID) == {"unreadable": 200}
    assert len([record for record in caplog.records if record.name == set_aside.__name__]) <= 1


def test_what_expires_there_is_in_the_ledger(tmp_path: Path, shop: Project, settings: Any) -> None:
    settings.MAX_SET_ASIDE_BYTES = 2 * 1024 * 1024
    for part in range(6):
        spool.write_sealed(tmp_path, [bad(shop, 10 * part + number, 100_000) for number in range(10)])
    loop.drain(tmp_path)
    left = usage(tmp_path, {})
    assert left.bytes <= settings.MAX_SET_ASIDE_BYTES * 1.1
    assert counted(Outcome.INVALID) == {"unreadable": 60}
    assert counted(Outcome.EVICTED) == {set_aside.EXPIRED: 60 - left.records}
    assert left.records < 30
    assert list(tmp_path.glob("*.sealed")) == []


def test_a_flood_of_one_project_leaves_what_another_has(tmp_path: Path, shop: Project, settings: Any) -> None:
    other = Project.objects.create(name="Other", slug="other")
    settings.MAX_SET_ASIDE_BYTES = 2 * 1024 * 1024
    spool.write_sealed(tmp_path, [bad(other, 1000)])
    spool.write_sealed(tmp_path, [bad(shop, number, 100_000) for number in range(60)])
    loop.drain(tmp_path)
    assert hex_id(1000) in {one["event_id"] for one in spooled.set_aside(tmp_path)}


def test_what_a_deleted_project_set_aside_is_deleted_with_it(tmp_path: Path, shop: Project) -> None:
    other = Project.objects.create(name="Other", slug="other")
    going = Project.objects.create(name="Going", slug="going", deleting_at=clock.now())
    large = spooled.blob(tmp_path, "1", b"\xff" * (INLINE_BYTES + 1))
    for project in (shop, other, going):
        spool.write_sealed(tmp_path, [bad(project, 1)])
    spool.write_sealed(tmp_path, [Record("event", shop.pk, hex_id(2), 0.0, None, None, b"", file=large)])
    loop.drain(tmp_path)
    quarantine_of(tmp_path).keep(bad(going, 3), "why")
    quarantine_of(tmp_path).keep_bytes(0, "damaged", b"x", {"kind": "damaged"}, "why")
    shop.delete()
    set_aside.forget_deleted(tmp_path)
    assert {name.partition("-")[0] for name in os.listdir(tmp_path / "quarantine")} == {"0", str(other.pk)}
    set_aside.forget_deleted(tmp_path / "missing")


def test_a_batch_that_is_tried_again_sets_its_records_aside_once(
    tmp_path: Path, shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool.write_sealed(tmp_path, [bad(shop, number) for number in range(20)])

    def full(directory: Path) -> None:
        raise OSError(28, "No space left on device")

    for _ in range(3):
        with pytest.MonkeyPatch.context() as broken:
            broken.setattr("ingest.spool.sync_quarantine", full)
            with pytest.raises(OSError, match="No space"):
                loop.drain(tmp_path)
    assert counted(Outcome.INVALID) == {}
    loop.drain(tmp_path)
    assert counted(Outcome.INVALID) == {"unreadable": 20}
    assert len(spooled.set_aside(tmp_path)) == 20


def test_text_from_strangers_is_one_short_line_of_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    log = set_aside._Log()
    for number in range(5):
        log.add(Record("event", 1, hex_id(number), 0.0, None, None, b""), "a\nb\x1b[31m" + "x" * 10_000)
    (line,) = caplog.records
    assert "\n" not in line.getMessage()
    assert "\x1b" not in line.getMessage()
    assert len(line.getMessage()) < 500


@pytest.mark.parametrize(
    ("kind", "payload", "reason", "kept"),
    [
        ("check_in", b'{"monitor_slug": " ", "status": "ok"}', "no_monitor_slug", True),
        ("check_in", b'{"monitor_slug": "a"}', "no_status", True),
        ("check_in", b"{", "not_json", True),
        ("user_report", b"[]", "not_an_object", True),
        ("session", b'{"sid": "a", "init": true}', "no_release", False),
        ("sessions", b"[]", "not_json", False),
    ],
)
def test_what_is_called_set_aside_is_kept(
    tmp_path: Path, shop: Project, kind: str, payload: bytes, reason: str, kept: bool
) -> None:
    good = Record("event", shop.pk, hex_id(1), 1_764_000_000.0, None, None, b'{"message": "good"}')
    unusable = Record(kind, shop.pk, hex_id(2), 1_764_000_000.0, None, None, payload)
    spool.write_sealed(tmp_path, [good, unusable])
    loop.drain(tmp_path)
    assert counted(Outcome.INVALID) == {reason: 1}
    assert sum(counted(Outcome.STORED).values()) == 1
    found = spooled.set_aside(tmp_path) if (tmp_path / "quarantine").exists() else []
    assert len(found) == (1 if kept else 0)
