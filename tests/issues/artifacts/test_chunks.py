"""issues/artifacts/chunks.py: pieces of uploads belong to who sent them, are checked, and bounded"""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import pytest

from accounts.models import User
from issues.artifacts import chunks, storage
from issues.artifacts.chunks import BadChunk, TooManyChunks
from issues.models import UploadChunk
from rustrak.lib import clock
from tests.lib.attachments import files_below
from tests.lib.remote_storage import Elsewhere
from tests.lib.uploads import part, send, sha1

pytestmark = pytest.mark.django_db


def joined(user: User, *data: bytes) -> bytes:
    into = io.BytesIO()
    digest, size = chunks.join(user.pk, [sha1(each) for each in data], into)
    assert (digest, size) == (sha1(into.getvalue()), len(into.getvalue()))
    return into.getvalue()


@pytest.mark.parametrize("is_gzip", [True, False])
def test_pieces_are_kept_and_joined(bo: User, stored: Path, tmp_path: Path, is_gzip: bool) -> None:
    send(bo, tmp_path / "in", b"one" * 1000, b"two", is_gzip=is_gzip)
    assert joined(bo, b"two", b"one" * 1000, b"two") == b"two" + b"one" * 1000 + b"two"
    assert chunks.missing(bo, [sha1(b"two"), sha1(b"x"), sha1(b"x")], clock.now()) == [sha1(b"x")]
    assert len(list(files_below(stored))) == 2


def test_a_piece_is_its_senders_alone(bo: User, cy: User, stored: Path, tmp_path: Path) -> None:
    send(bo, tmp_path / "in", b"secret")
    assert chunks.missing(cy, [sha1(b"secret")], clock.now()) == [sha1(b"secret")]
    with pytest.raises(chunks.Missing):
        joined(cy, b"secret")
    send(cy, tmp_path / "in", b"secret")
    UploadChunk.objects.filter(user=bo).delete()
    assert joined(cy, b"secret") == b"secret"


def test_a_piece_that_is_not_what_its_name_says_is_refused(bo: User, stored: Path, tmp_path: Path) -> None:
    good = part(tmp_path, b"good")
    cut = part(tmp_path, b"x" * 5000, is_gzip=True)
    Path(cut.path).write_bytes(Path(cut.path).read_bytes()[:-9])
    broken = part(tmp_path, b"x", is_gzip=True)
    Path(broken.path).write_bytes(b"no gzip")
    for bad, why in (
        (part(tmp_path, b"changed", sha1(b"sent")), "has the SHA-1 .* Upload it again"),
        (part(tmp_path, b"x", sha1(b"x").upper()), "lower case"),
        (part(tmp_path, b"x", "../../etc/passwd"), "must be its SHA-1"),
        (cut, "not valid gzip"),
        (broken, "not valid gzip"),
    ):
        with pytest.raises(BadChunk, match=why):
            chunks.receive(bo, [good, bad])
    assert (UploadChunk.objects.count(), list(files_below(stored))) == (0, [])


def test_a_zip_bomb_is_not_unpacked(
    bo: User, stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 100_000)
    bomb = part(tmp_path, b"\0" * 3_000_000, is_gzip=True)
    with pytest.raises(BadChunk, match="larger than 97.7 KiB"):
        chunks.receive(bo, [bomb])


def test_pieces_that_come_again_live_on(bo: User, stored: Path, tmp_path: Path) -> None:
    send(bo, tmp_path / "in", b"one")
    old = clock.now() - timedelta(hours=23, minutes=30)
    UploadChunk.objects.update(created_at=old)
    # An upload that begins now could miss it when it is assembled.
    assert chunks.missing(bo, [sha1(b"one")], clock.now()) == [sha1(b"one")]
    send(bo, tmp_path / "in", b"one", b"two")
    assert chunks.missing(bo, [sha1(b"one"), sha1(b"two")], clock.now()) == []
    assert chunks.newest(bo, [sha1(b"one")]) == UploadChunk.objects.get(sha1=sha1(b"one")).created_at
    assert len(list(files_below(stored))) == 2


def test_one_piece_twice_in_a_request(bo: User, stored: Path, tmp_path: Path) -> None:
    send(bo, tmp_path / "in", b"one", b"one")
    assert UploadChunk.objects.count() == len(list(files_below(stored))) == 1


def test_the_oldest_make_room_and_fresh_ones_do_not(
    bo: User, stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks
) -> None:  # fmt: skip
    monkeypatch.setattr(chunks, "MOST_CHUNKS", 4)
    monkeypatch.setattr(chunks, "MOST_BYTES", 3000)
    send(bo, tmp_path / "in", *(bytes([n]) * 900 for n in range(3)))
    for number, chunk in enumerate(UploadChunk.objects.order_by("pk")):
        UploadChunk.objects.filter(pk=chunk.pk).update(
            created_at=clock.now() - timedelta(minutes=20 * (2 - number))
        )
    with django_capture_on_commit_callbacks(execute=True):
        send(bo, tmp_path / "in", b"x" * 1800)
    assert UploadChunk.objects.count() == len(list(files_below(stored))) == 2
    with pytest.raises(TooManyChunks, match="Try again in ten minutes"):
        send(bo, tmp_path / "in", b"y" * 1800)
    monkeypatch.setattr(chunks, "MOST_BYTES", 10**6)
    with pytest.raises(TooManyChunks):
        send(bo, tmp_path / "in", b"1", b"2", b"3")


def test_nothing_is_kept_while_the_storage_is_away(
    bo: User, elsewhere: type[Elsewhere], tmp_path: Path
) -> None:
    send(bo, tmp_path / "in", b"before")
    elsewhere.down = RuntimeError("no bucket")
    with pytest.raises(storage.StorageUnavailable):
        send(bo, tmp_path / "in", b"one", b"two")
    with pytest.raises(storage.StorageUnavailable):
        joined(bo, b"before")
    elsewhere.down = None
    assert UploadChunk.objects.count() == 1
    assert joined(bo, b"before") == b"before"


def test_nothing_is_kept_while_the_disk_is_full(bo: User, stored: Path, tmp_path: Path, settings) -> None:
    settings.MIN_FREE_BYTES = 2**60
    with pytest.raises(storage.StorageUnavailable, match="too little free disk space"):
        send(bo, tmp_path / "in", b"one")


def test_a_piece_whose_bytes_are_lost_is_sent_again(bo: User, stored: Path, tmp_path: Path) -> None:
    send(bo, tmp_path / "in", b"one")
    for path in stored.rglob("*.*"):
        path.unlink()
    for path in [path for path in stored.rglob("*") if path.is_file()]:
        path.unlink()
    with pytest.raises(chunks.Missing):
        joined(bo, b"one")
    assert chunks.missing(bo, [sha1(b"one")], clock.now()) == [sha1(b"one")]


def test_no_more_is_joined_than_one_upload_may_have(bo: User, stored: Path, tmp_path: Path, settings) -> None:
    send(bo, tmp_path / "in", b"x" * 600)
    settings.MAX_UPLOAD_BYTES = 1000
    with pytest.raises(BadChunk, match="MAX_UPLOAD_BYTES"):
        joined(bo, b"x" * 600, b"x" * 600)
