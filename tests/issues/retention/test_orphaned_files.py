from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts import projects
from accounts.models import Project, User
from issues import files
from issues.models import UploadChunk
from issues.record import attachments
from issues.retention import orphaned_files
from issues.retention.orphaned_files import sweep
from rustrak.lib import clock, ids
from tests.lib.artifacts import artifact, upload
from tests.lib.attachments import file_item, files_below, kept
from tests.lib.remote_storage import Elsewhere

pytestmark = pytest.mark.django_db


def test_a_deleted_projects_files_are_deleted_by_the_next_sweep(shop: Project, stored: Path) -> None:
    other = Project.objects.create(name="Other", slug="other")
    kept(other, b"x")
    for _ in range(3):
        kept(shop, b"x")
    pk = shop.pk
    projects.delete(shop)
    assert sweep(clock.now()) == 3
    assert not (stored / str(pk)).exists()
    assert len(list(files_below(stored))) == 1


def test_an_old_file_without_a_row_is_deleted(shop: Project, stored: Path, settings: Any) -> None:
    settings.RETAIN_ATTACHMENT_DAYS = 0
    at = datetime(2026, 3, 1, tzinfo=UTC)
    with_row = kept(shop, b"row", at=at)
    fresh, old = attachments.stage(shop.pk, [file_item(b"fresh", at=at), file_item(b"old", at=at)])
    age = (clock.now() - timedelta(days=8)).timestamp()
    for key in (with_row.file, old.key):
        os.utime(stored / key, (age, age))
    assert sweep(clock.now(), whole=True) == 1
    assert sorted(files_below(stored)) == sorted([with_row.file, fresh.key])


def test_a_file_that_waited_long_in_the_spool_is_not_swept(
    shop: Project, stored: Path, tmp_path: Path
) -> None:
    path = tmp_path / "1.blob"
    path.write_bytes(b"x")
    os.utime(path, (0, 0))
    attachments.stage(shop.pk, [file_item(path)])
    assert sweep(clock.now(), whole=True) == 0


def test_every_directory_is_swept_within_a_day(shop: Project, elsewhere: type[Elsewhere]) -> None:
    for month in range(1, 10):
        elsewhere.kept[f"{shop.pk}/2026-{month:02}/{ids.new_event_id()}"] = (
            b"",
            datetime(2026, 1, 1, tzinfo=UTC),
        )
    now = clock.now()
    swept = [sweep(now + timedelta(seconds=600 * turn)) for turn in range(orphaned_files.PARTS)]
    assert sum(swept) == 9
    assert max(swept) < 9


def test_unknown_files_and_directories_stay(shop: Project, stored: Path) -> None:
    for name in ("README", "lost+found/x", "backup/2026-01/x"):
        (stored / name).parent.mkdir(parents=True, exist_ok=True)
        (stored / name).write_bytes(b"")
        os.utime(stored / name, (0, 0))
    assert sweep(clock.now(), whole=True) == 0
    assert len(list(files_below(stored))) == 3


def test_empty_directories_are_removed(shop: Project, stored: Path) -> None:
    for month in ("2026-01", f"{clock.now():%Y-%m}"):
        (stored / str(shop.pk) / month).mkdir(parents=True)
    sweep(clock.now(), whole=True)
    assert [path.name for path in (stored / str(shop.pk)).iterdir()] == [f"{clock.now():%Y-%m}"]


def test_an_empty_storage_is_fine(shop: Project, stored: Path) -> None:
    assert sweep(clock.now(), whole=True) == 0
    assert files.remove(["1/2026-01/none"]) == 1


def test_files_and_pieces_of_uploads_are_known(shop: Project, stored: Path) -> None:
    user = User.objects.create_user("dee@example.org")
    now = clock.now()
    kept_file = artifact(upload(shop), "~/a.js", b"kept").file.file
    UploadChunk.objects.create(user=user, sha1="0" * 40, size=1, file="chunks/2020-01-01/kept")
    fresh = f"chunks/{now:%Y-%m-%d}/fresh"
    for name in ("chunks/2020-01-01/kept", "chunks/2020-01-01/lost", "chunks/2020-01-02/lost.gz", fresh):
        (stored / name).parent.mkdir(parents=True, exist_ok=True)
        (stored / name).write_bytes(b"x")
    old = (now - timedelta(days=8)).timestamp()
    os.utime(stored / kept_file, (old, old))
    assert sweep(now, whole=True) == 2
    assert sorted(files_below(stored)) == sorted([kept_file, "chunks/2020-01-01/kept", fresh])
    assert not (stored / "chunks/2020-01-02").exists()
