"""issues/artifacts/retention.py: what nobody uses goes, with a word about why"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts import projects
from accounts.models import Project, User
from issues import usage
from issues.artifacts import retention
from issues.models import Artifact, StoredFile, Upload, UploadChunk, Usage
from issues.retention import batches, deletion, uploads
from rustrak.lib import clock
from tests.lib.artifacts import artifact, upload
from tests.lib.attachments import files_below

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "PAUSE", 0)


def enforce() -> None:
    for policy in uploads.POLICIES:
        batches.enforce(policy, clock.now())


def test_what_was_not_used_for_as_long_as_events_are_kept(
    shop: Project, stored: Path, django_capture_on_commit_callbacks: Any
) -> None:
    Project.objects.update(retain_days=10)
    now = clock.now()
    long_ago, lately = now - timedelta(days=11), now - timedelta(days=9)
    for made, used in ((long_ago, None), (long_ago, long_ago), (long_ago, lately), (lately, None)):
        artifact(upload(shop, created_at=made, last_used_at=used), "~/a.js", b"%d" % (made is lately))
    artifact(Upload.objects.earliest("pk"), "~/b.js", b"own")
    shop.refresh_from_db()
    before = shop.artifacts_version
    with django_capture_on_commit_callbacks(execute=True):
        enforce()
    assert list(Upload.objects.order_by("pk").values_list("state", flat=True)) == ["error"] * 2 + ["ok"] * 2
    assert "were not used for 10 days" in Upload.objects.earliest("pk").detail
    assert Artifact.objects.count() == len(list(files_below(stored))) == StoredFile.objects.count() == 2
    shop.refresh_from_db()
    assert shop.artifacts_version > before
    # The row goes as well, some time later.
    Upload.objects.filter(state="error").update(finished_at=now - timedelta(days=31), created_at=long_ago)
    enforce()
    assert Upload.objects.count() == 4
    Upload.objects.filter(state="error").update(created_at=now - timedelta(days=31))
    enforce()
    assert Upload.objects.count() == 2
    shop.refresh_from_db()
    Project.objects.update(retain_days=0)
    Upload.objects.update(created_at=now - timedelta(days=9999), last_used_at=None)
    enforce()
    assert Artifact.objects.count() == 2


def test_what_was_given_up_leaves_nothing(shop: Project, bo: User, stored: Path) -> None:
    now = clock.now()
    waiting = upload(shop, state="created", created_at=now - timedelta(days=3))
    fresh = upload(shop, state="assembling", created_at=now - timedelta(hours=1))
    artifact(upload(shop), "~/a.js", b"lost").delete()
    enforce()
    assert StoredFile.objects.count() == 1  # somebody may be about to use it
    StoredFile.objects.update(created_at=now - timedelta(days=3))
    UploadChunk.objects.create(user=bo, sha1="0" * 40, size=1, file="x", created_at=now - timedelta(hours=25))
    UploadChunk.objects.create(user=bo, sha1="1" * 40, size=1, file="y", created_at=now - timedelta(hours=23))
    enforce()
    assert (StoredFile.objects.count(), UploadChunk.objects.get().file) == (0, "y")
    states = dict(Upload.objects.values_list("pk", "state"))
    assert (states[waiting.pk], states[fresh.pk]) == ("error", "assembling")


def test_a_project_is_deleted_with_its_files(
    shop: Project, stored: Path, django_capture_on_commit_callbacks: Any
) -> None:
    for number in range(3):
        artifact(upload(shop), f"~/{number}.js", b"%d" % (number % 2))
    Project.objects.update(deleting_at=clock.now())
    with django_capture_on_commit_callbacks(execute=True):
        assert deletion.delete_marked() == 1
    assert list(files_below(stored)) == []
    assert (Upload.objects.count(), StoredFile.objects.count()) == (0, 0)


def test_deleting_an_upload_or_the_last_of_its_artifacts(shop: Project, stored: Path) -> None:
    first, second = upload(shop), upload(shop)
    kept, gone = artifact(first, "~/a.js", b"a"), artifact(first, "~/b.js", b"b")
    artifact(second, "~/a.js", b"a")
    usage.recount(shop.pk, clock.now())
    retention.delete_artifact(gone)
    assert StoredFile.objects.count() == 1
    retention.delete_artifact(kept)
    assert (list(Upload.objects.all()), StoredFile.objects.count()) == ([second], 1)
    retention.delete_upload(second)
    used = Usage.objects.get()
    assert (used.artifact_count, used.artifact_bytes, StoredFile.objects.count()) == (0, 0, 0)


def test_files_of_requests_that_were_killed_are_deleted(tmp_path: Path, settings: Any) -> None:
    settings.UPLOAD_DIR = tmp_path
    for name, age in (("old.part", 49), ("new.part", 1)):
        (tmp_path / name).touch()
        at = clock.now().timestamp() - age * 3600
        os.utime(tmp_path / name, (at, at))
    assert retention.sweep_arriving() == 1
    assert [path.name for path in tmp_path.iterdir()] == ["new.part"]
    settings.UPLOAD_DIR = tmp_path / "none"
    assert retention.sweep_arriving() == 0


def test_a_small_project_is_deleted_at_once_with_what_was_uploaded(shop: Project, stored: Path) -> None:
    artifact(upload(shop), "~/a.js", b"a")
    projects.delete(shop)
    assert (Project.objects.count(), StoredFile.objects.count(), Upload.objects.count()) == (0, 0, 0)
