"""Attachments and user reports as the digest passes them on, for tests of what stores them; a storage without paths."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.files.storage import Storage
from django.db import transaction

from accounts.models import Project
from issues.models import Attachment
from issues.record import attachments, user_reports
from issues.record.items import Item, Results
from rustrak.lib import clock, ids

PNG = b"\x89PNG\r\n\x1a\n" + bytes.fromhex(
    "0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63fccfc0f01f0005050102ab1e5f"
    "c80000000049454e44ae426082"
)


def file_item(
    data: bytes | Path, event_id: str | None = None, *, at: datetime | None = None, **meta: Any
) -> Item:
    """An attachment. `data` is its bytes, or the path of a spool file that holds them."""
    meta = {"id": ids.new_event_id(), "filename": "app.log", "content_type": None, **meta}
    return Item(
        id=event_id or ids.new_event_id(),
        received_at=at or clock.now(),
        sent_at=None,
        data=b"" if isinstance(data, Path) else data,
        path=data if isinstance(data, Path) else None,
        meta=meta,
    )


def keep(project: Project, *items: Item) -> Results:
    """Store attachments as the digest does: staged before the transaction, recorded inside it."""
    staged = attachments.stage(project.pk, items)
    with transaction.atomic():
        return attachments.record(project.pk, staged, clock.now())


def kept(project: Project, data: bytes, event_id: str | None = None, **meta: Any) -> Attachment:
    """Store one attachment and return its row."""
    item = file_item(data, event_id, **meta)
    assert keep(project, item) == {("stored", ""): 1}
    return Attachment.objects.get(project=project, file__endswith=item.meta["id"])


def said_item(said: Any, item_id: str | None = None, *, ago: timedelta = timedelta(0), **meta: Any) -> Item:
    """A user_report or feedback item that arrived `ago`. `said` becomes its JSON; bytes stay as they are."""
    return Item(
        id=item_id or ids.new_event_id(),
        received_at=clock.now() - ago,
        sent_at=None,
        data=said if isinstance(said, bytes) else json.dumps(said).encode(),
        meta=meta,
    )


def report(project: Project, *items: Item) -> Results:
    """Store user_report items as the digest does."""
    with transaction.atomic():
        return user_reports.record(project.pk, items, clock.now())


def feedback(project: Project, *items: Item) -> Results:
    """Store feedback items as the digest does."""
    with transaction.atomic():
        return user_reports.record_feedback(project.pk, items, clock.now())


class Elsewhere(Storage):
    """A storage without local paths, such as an object store. It keeps files in `kept` and raises `down` when that is set."""

    kept: dict[str, tuple[bytes, datetime]] = {}
    down: Exception | None = None

    def _save(self, name: str, content: File) -> str:
        self._try()
        self.kept[name] = (b"".join(content.chunks()), datetime.now(UTC))
        return name

    def _open(self, name: str, mode: str = "rb") -> File:
        self._try()
        if name not in self.kept:
            raise FileNotFoundError(name)
        return File(BytesIO(self.kept[name][0]), name=name)

    def exists(self, name: str) -> bool:
        self._try()
        return name in self.kept

    def size(self, name: str) -> int:
        return len(self.kept[name][0])

    def delete(self, name: str) -> None:
        self._try()
        self.kept.pop(name, None)

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        inside = [
            name[len(path) :].lstrip("/") for name in self.kept if name.startswith(f"{path}/".lstrip("/"))
        ]
        return sorted({name.split("/")[0] for name in inside if "/" in name}), [
            name for name in inside if "/" not in name
        ]

    def get_modified_time(self, name: str) -> datetime:
        return self.kept[name][1]

    def _try(self) -> None:
        if self.down is not None:
            raise self.down


def files_below(directory: Path) -> Iterator[str]:
    """The paths of all files below `directory`, relative to it, sorted."""
    return (str(path.relative_to(directory)) for path in sorted(directory.rglob("*")) if path.is_file())
