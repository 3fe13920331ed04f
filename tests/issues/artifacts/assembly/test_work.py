"""issues/artifacts/assembly/work.py: leases, turns, limits, and nothing half done"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts.models import Project, User
from issues import usage
from issues.artifacts import files, removal
from issues.artifacts.assembly import asking, states, waiting, work
from issues.models import Artifact, StoredFile, Upload, Usage
from rustrak.lib import clock
from tests.lib.artifacts import BundleFile, bundle
from tests.lib.attachments import files_below
from tests.lib.remote_storage import Elsewhere
from tests.lib.uploads import pieces, send, sha1, upload, wanted

pytestmark = pytest.mark.django_db
MANY = bundle([BundleFile(f"~/{number}.js", b"f(%d)" % number) for number in range(30)])


def begun(user: User, shop: Project, data: bytes, directory: Path) -> Upload:
    """An upload whose pieces are there, and that nobody works on yet."""
    send(user, directory, *pieces(data))
    asked = wanted(data)
    found = asking._begin(user, shop, asked, None)
    assert found is not None
    return found


def go_on(of: Upload, seconds: float = work.TURN_SECONDS) -> Upload:
    lease = work.take(of.pk)
    assert lease is not None
    work.go_on(lease, seconds)
    return Upload.objects.get(pk=of.pk)


def test_only_one_has_the_lease_until_it_ends(bo: User, shop: Project, stored: Path, tmp_path: Path) -> None:
    of = begun(bo, shop, MANY, tmp_path)
    lost = work.take(of.pk)
    assert lost is not None
    assert work.take(of.pk) is None
    Upload.objects.update(leased_until=clock.now() - timedelta(seconds=1))
    assert go_on(of).state == states.OK
    # Whoever had it before changes nothing any more.
    work.go_on(lost)
    assert Upload.objects.get().state == states.OK
    assert Artifact.objects.count() == 30


def test_a_worker_that_lost_its_lease_stops(
    bo: User, shop: Project, stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = begun(bo, shop, MANY, tmp_path)
    lease = work.take(of.pk)
    assert lease is not None
    monkeypatch.setattr(work, "_RENEW_SECONDS", -1.0)
    lease.keep()
    assert Upload.objects.get().leased_until == lease.until
    Upload.objects.update(leased_until=None)
    other = work.take(of.pk)
    assert other is not None
    work.go_on(lease)
    assert (Upload.objects.get().state, StoredFile.objects.count()) == (states.ASSEMBLING, 0)


def test_a_turn_ends_and_what_is_stored_stays(
    bo: User, shop: Project, stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_BATCH", 10)
    of = begun(bo, shop, MANY, tmp_path)
    counts = []
    for _ in range(5):
        if go_on(of, 0).state == states.OK:
            break
        counts.append(StoredFile.objects.count())
        assert not Artifact.objects.exists()
    assert counts == [10, 20, 30]
    assert len(list(files_below(stored / str(shop.pk)))) == Artifact.objects.count() == 30


@pytest.mark.parametrize("data", [b"", b"no zip", bundle([], manifest=False), MANY[:-100]])
def test_what_is_no_bundle_is_refused_with_its_reason(
    bo: User, shop: Project, stored: Path, tmp_path: Path, data: bytes
) -> None:
    send(bo, tmp_path / "in", data)
    standing = asking.ask(bo, [shop], wanted(data, size=len(data) + 1, chunks=[sha1(data)]))
    assert standing.state == states.ERROR
    assert standing.detail.endswith(".")
    assert Artifact.objects.count() == 0


def test_a_checksum_of_the_whole_that_is_wrong(bo: User, shop: Project, stored: Path, tmp_path: Path) -> None:
    standing = upload(bo, [shop], MANY, tmp_path, checksum=sha1(b"x"))
    assert standing.state == states.ERROR
    assert f"have the SHA-1 {sha1(MANY)}, not {sha1(b'x')}" in standing.detail


def test_pieces_that_are_gone(bo: User, shop: Project, stored: Path, tmp_path: Path) -> None:
    of = begun(bo, shop, MANY, tmp_path)
    Upload.objects.update(by=None)
    assert "Upload it again" in go_on(of).detail


def test_a_storage_that_is_away_delays_it(
    bo: User, shop: Project, elsewhere: type[Elsewhere], tmp_path: Path
) -> None:
    of = begun(bo, shop, MANY, tmp_path)
    elsewhere.down = RuntimeError("no bucket")
    assert go_on(of).state == states.ASSEMBLING
    waiting.is_waiting()
    assert waiting.run() == 1
    assert not waiting.is_waiting()  # it is not tried again at once
    elsewhere.down = None
    assert asking.ask(bo, [shop], wanted(MANY)).state == states.OK


def test_a_disk_that_is_full_delays_it(
    bo: User, shop: Project, stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    of = begun(bo, shop, MANY, tmp_path)
    settings.MIN_FREE_BYTES = 1 << 62
    assert go_on(of).state == states.ASSEMBLING
    settings.MIN_FREE_BYTES = 0

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("issues.artifacts.bundle.unpack", full)
        assert (go_on(of).state, go_on(of).interrupted) == (states.ASSEMBLING, 0)
    assert go_on(of).state == states.OK


def test_an_upload_whose_assembly_ends_the_process_is_given_up(
    bo: User, shop: Project, stored: Path, tmp_path: Path
) -> None:
    of = begun(bo, shop, MANY, tmp_path)
    for _ in range(work.MOST_INTERRUPTED):
        assert work.take(of.pk) is not None  # and then it is killed
        Upload.objects.update(leased_until=clock.now() - timedelta(seconds=1))
    refused = go_on(of)
    assert (refused.state, StoredFile.objects.count()) == (states.ERROR, 0)
    assert "5 times" in refused.detail
    # Whoever uploads it again has it tried again.
    Upload.objects.update(finished_at=clock.now() - 2 * states.TOLD_FOR)
    assert asking.ask(bo, [shop], wanted(MANY)).state == states.OK
    assert Upload.objects.get().interrupted == 0


def test_an_unexpected_error_does_not_come_again_and_again(
    bo: User, shop: Project, stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def broken(*_: object) -> Iterator[Any]:
        raise ZeroDivisionError

    monkeypatch.setattr("issues.artifacts.bundle.unpack", broken)
    assert "the server's log says more" in go_on(begun(bo, shop, MANY, tmp_path)).detail
    assert "could not be read" in caplog.text


def test_more_than_the_project_may_keep_is_refused(
    bo: User, shop: Project, stored: Path, tmp_path: Path, settings: Any
) -> None:
    settings.RETAIN_BYTES_PER_PROJECT = 1000 * 100 // 15
    standing = upload(bo, [shop], MANY, tmp_path)
    assert standing.state == states.ERROR
    assert standing.detail.startswith("This project's source maps and debug files may take 999 bytes")
    assert StoredFile.objects.count() == 0
    assert list(files_below(stored / str(shop.pk))) == []


def test_what_was_used_longest_ago_makes_room(
    bo: User, shop: Project, stored: Path, tmp_path: Path, settings: Any
) -> None:
    def one(number: int) -> bytes:
        return bundle([BundleFile(f"~/{number}.js", bytes([number]) * 10)])

    for number in range(3):
        upload(bo, [shop], one(number), tmp_path)
    now = clock.now()
    for number, (uploaded, used) in enumerate(((9, 2), (8, None), (1.5, None))):
        Upload.objects.filter(checksum=sha1(one(number))).update(
            created_at=now - timedelta(days=uploaded), last_used_at=used and now - timedelta(days=used)
        )
    settings.RETAIN_BYTES_PER_PROJECT = (Usage.objects.get().artifact_bytes + usage.UPLOAD) * 100 // 15 + 100
    assert upload(bo, [shop], one(3), tmp_path).state == states.OK
    gone = Upload.objects.get(state=states.ERROR)
    assert gone.checksum == sha1(one(1))
    assert "to make room for others. This project's source maps" in gone.detail
    before = Usage.objects.get().artifact_bytes
    usage.recount(shop.pk, now)
    assert Usage.objects.get().artifact_bytes == before
    # What was uploaded or used within a day stays.
    Upload.objects.filter(state=states.OK).update(created_at=now)
    refused = upload(bo, [shop], one(4), tmp_path)
    assert "within the last day" in refused.detail
    # Whoever uploads it again gets it.
    Upload.objects.filter(state=states.OK).update(created_at=now - timedelta(days=3), last_used_at=None)
    Upload.objects.filter(state=states.ERROR).update(finished_at=now - timedelta(minutes=1))
    assert upload(bo, [shop], one(1), tmp_path).state == states.OK


def test_a_file_that_was_deleted_meanwhile_is_stored_again(
    bo: User, shop: Project, stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = begun(bo, shop, MANY, tmp_path)
    finish = work._finish

    def deleted_before(*arguments: Any) -> None:
        StoredFile.objects.all()[:1].get().delete()
        finish(*arguments)

    monkeypatch.setattr(work, "_finish", deleted_before)
    assert go_on(of).state == states.ASSEMBLING
    monkeypatch.setattr(work, "_finish", finish)
    assert go_on(of).state == states.OK
    assert StoredFile.objects.count() == 30


def test_a_project_that_is_deleted_meanwhile(bo: User, shop: Project, stored: Path, tmp_path: Path) -> None:
    of = begun(bo, shop, MANY, tmp_path)
    Project.objects.update(deleting_at=clock.now())
    assert go_on(of).state == states.ASSEMBLING
    assert StoredFile.objects.count() == 0
    assert list(files_below(stored / str(shop.pk))) == []
    assert removal.with_files(shop.pk).count() == 0
