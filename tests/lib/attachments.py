"""Attachments as the digest passes them on, for tests of what stores them and of what shows them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from accounts.models import Project
from issues.models import Attachment
from issues.record import attachments
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


def files_below(directory: Path) -> Iterator[str]:
    """The paths of all files below `directory`, relative to it, sorted."""
    return (str(path.relative_to(directory)) for path in sorted(directory.rglob("*")) if path.is_file())
