from __future__ import annotations

import os
import tracemalloc
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Project
from issues.models import Attachment
from issues.record import attachments
from rustrak.lib import clock, ids
from tests.lib.attachments import PNG, file_item, files_below, keep, kept
from tests.lib.remote_storage import Elsewhere

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 23, 19, 30, tzinfo=UTC)


def spooled(tmp_path: Path, data: bytes, name: str = "1.blob") -> Path:
    path = tmp_path / "spool" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return path


def test_a_small_attachment_is_stored_with_its_description(shop: Project, stored: Path) -> None:
    event_id = ids.new_event_id()
    item = file_item(
        b"line\n", event_id, at=AT, id="ab" * 16, filename="logs/app.log", content_type="text/plain; x=y"
    )
    assert keep(shop, item) == {("stored", ""): 1}
    row = Attachment.objects.get()
    assert (row.project, row.event_id, row.name, row.content_type) == (
        shop,
        UUID(event_id),
        "app.log",
        "text/plain",
    )
    assert (row.kind, row.size, row.ingested_at) == ("event.attachment", 5, AT)
    assert row.file == f"{shop.pk}/2026-11/{'ab' * 16}"
    assert (stored / row.file).read_bytes() == b"line\n"
    assert (stored / row.file).stat().st_mode & 0o777 == 0o600


def test_a_file_of_the_spool_is_moved_not_copied(shop: Project, stored: Path, tmp_path: Path) -> None:
    path = spooled(tmp_path, PNG)
    inode = path.stat().st_ino
    keep(shop, file_item(path, filename="a.png"))
    row = Attachment.objects.get()
    assert not path.exists()
    assert (stored / row.file).stat().st_ino == inode
    assert (row.content_type, row.size) == ("image/png", len(PNG))


def test_twice_after_a_crash_is_harmless(shop: Project, stored: Path, tmp_path: Path) -> None:
    large, small = file_item(spooled(tmp_path, b"large")), file_item(b"small")
    first = attachments.stage(shop.pk, [large, small])
    again = attachments.stage(shop.pk, [large, small])
    assert again == first
    assert len(list(files_below(stored))) == 2
    with transaction.atomic():
        assert attachments.record(shop.pk, again, AT) == {("stored", ""): 2}


def test_what_an_interrupted_copy_left_is_written_again(shop: Project, stored: Path, tmp_path: Path) -> None:
    large, small = file_item(spooled(tmp_path, b"large"), at=AT), file_item(b"small", at=AT)
    for item, half in ((large, b"la"), (small, b"sm")):
        torn = stored / f"{shop.pk}/2026-11/{item.meta['id']}"
        torn.parent.mkdir(parents=True, exist_ok=True)
        torn.write_bytes(half)
    one, two = attachments.stage(shop.pk, [large, small])
    assert (stored / one.key).read_bytes() == b"large"
    assert (stored / two.key).read_bytes() == b"small"


def test_an_attachment_without_bytes_is_invalid_and_the_others_are_stored(
    shop: Project, stored: Path, tmp_path: Path
) -> None:
    gone = file_item(tmp_path / "gone.blob")
    assert keep(shop, gone, file_item(b"there")) == {("invalid", "bytes_lost"): 1, ("stored", ""): 1}


@pytest.mark.parametrize("own_id", [None, "", "../../etc/passwd", 7, "x" * 32])
def test_a_malformed_id_never_becomes_a_path(shop: Project, stored: Path, own_id: Any) -> None:
    assert keep(shop, file_item(b"x", id=own_id)) == {("invalid", "bytes_lost"): 1}
    assert list(files_below(stored)) == []


def test_the_same_file_of_the_same_event_is_a_duplicate(
    shop: Project, stored: Path, django_capture_on_commit_callbacks: Any
) -> None:
    event_id = ids.new_event_id()
    with django_capture_on_commit_callbacks(execute=True):
        assert keep(shop, file_item(b"x", event_id)) == {("stored", ""): 1}
        assert keep(shop, file_item(b"x", event_id)) == {("duplicate", ""): 1}
        # In one batch, of another content, name or event: only the first of these is the same.
        assert keep(
            shop,
            file_item(b"x", event_id),
            file_item(b"y", event_id),
            file_item(b"x", event_id, filename="other.log"),
            file_item(b"x"),
            file_item(b"y", event_id),
        ) == {("duplicate", ""): 2, ("stored", ""): 3}
    assert Attachment.objects.count() == 4
    assert sorted(files_below(stored)) == sorted(Attachment.objects.values_list("file", flat=True))


def test_two_projects_may_have_the_same_file(shop: Project, stored: Path) -> None:
    other = Project.objects.create(name="Other", slug="other")
    event_id = ids.new_event_id()
    assert (
        keep(shop, file_item(b"x", event_id)) == keep(other, file_item(b"x", event_id)) == {("stored", ""): 1}
    )


def test_an_event_has_a_bounded_number_of_attachments(
    shop: Project, stored: Path, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.MAX_ATTACHMENTS_PER_EVENT = 3
    event_id = ids.new_event_id()
    with django_capture_on_commit_callbacks(execute=True):
        keep(shop, file_item(b"0", event_id), file_item(b"1", event_id))
        tally = keep(
            shop, *(file_item(str(n).encode(), event_id) for n in range(2, 6)), file_item(b"elsewhere")
        )
    assert tally == {("stored", ""): 2, ("filtered", "too_many_attachments"): 3}
    assert Attachment.objects.filter(event_id=event_id).count() == 3
    assert len(list(files_below(stored))) == 4


def test_an_empty_file_is_an_attachment(shop: Project, stored: Path, tmp_path: Path) -> None:
    keep(shop, file_item(b"", filename="a"), file_item(spooled(tmp_path, b""), filename="b"))
    assert (
        list(Attachment.objects.values_list("size", "content_type")) == [(0, "application/octet-stream")] * 2
    )


@pytest.mark.parametrize(
    "name",
    [
        "",
        None,
        7,
        "../../x",
        "a/b\\c",
        "\x00\x01\n",
        "\u202egpj.exe",
        "x" * 10_000,
        "\ud83d",
        "..",
        "名前.txt",
        "'; --",
    ],
)
def test_any_name_can_be_stored(shop: Project, stored: Path, name: Any) -> None:
    row = kept(shop, b"x", filename=name, content_type=name, attachment_type=name)
    row.refresh_from_db()
    assert 1 <= len(row.name) <= 255
    assert not set(row.name) & set("/\\\x00\n\u202e")
    assert row.kind == "event.attachment"


def test_queries_do_not_grow_with_the_batch(shop: Project, stored: Path) -> None:
    counts = []
    for length in (1, 40):
        staged = attachments.stage(shop.pk, [file_item(str(n).encode()) for n in range(length)])
        with (
            transaction.atomic(),
            CaptureQueriesContext(
                connection,
            ) as queries,
        ):
            attachments.record(shop.pk, staged, clock.now())
        counts.append(len(queries))
    assert counts[1] <= max(counts[0], 4)


def test_a_huge_file_is_never_in_memory(shop: Project, stored: Path, tmp_path: Path) -> None:
    path = spooled(tmp_path, b"")
    os.truncate(path, 300 * 1024 * 1024)
    tracemalloc.start()
    try:
        keep(shop, file_item(path))
        assert tracemalloc.get_traced_memory()[1] < 8 * 1024 * 1024
    finally:
        tracemalloc.stop()
    assert Attachment.objects.get().size == 300 * 1024 * 1024


def test_a_storage_without_paths_works(shop: Project, elsewhere: type[Elsewhere], tmp_path: Path) -> None:
    path = spooled(tmp_path, PNG)
    items = [file_item(path, filename="a.png"), file_item(b"small")]
    first = attachments.stage(shop.pk, items)
    assert not path.exists()
    assert attachments.stage(shop.pk, items) == first
    with transaction.atomic():
        assert attachments.record(shop.pk, first, AT) == {("stored", ""): 2}
    assert {row.file: row.size for row in Attachment.objects.all()} == {
        key: len(data) for key, (data, _) in elsewhere.kept.items()
    }


def test_an_unavailable_storage_is_retried(shop: Project, elsewhere: type[Elsewhere], tmp_path: Path) -> None:
    path = spooled(tmp_path, b"x")
    for trouble in (RuntimeError("no such bucket"), ConnectionError("refused")):
        elsewhere.down = trouble
        with pytest.raises(OSError, match=str(trouble)):
            attachments.stage(shop.pk, [file_item(path)])
        assert path.exists()
    elsewhere.down = None
    assert keep(shop, file_item(path)) == {("stored", ""): 1}


def test_nothing_is_deleted_when_the_transaction_fails(
    shop: Project, stored: Path, django_capture_on_commit_callbacks: Any
) -> None:
    row = kept(shop, b"x")
    staged = attachments.stage(shop.pk, [file_item(b"x", row.event_id.hex)])
    with (
        django_capture_on_commit_callbacks(execute=True) as callbacks,
        suppress(DatabaseError),
        transaction.atomic(),
    ):
        attachments.record(shop.pk, staged, AT)
        raise DatabaseError
    assert callbacks == []
    assert len(list(files_below(stored))) == 2
