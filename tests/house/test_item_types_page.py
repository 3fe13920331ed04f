"""The table "Item types" of docs/protocol.md has the rows of ingest.item_types."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest import item_types
from tests.lib.protocol_page import rows

NAMED_LIMITS = {"MAX_EVENT_BYTES": "event", "MAX_ATTACHMENT_BYTES": "attachment", "MAX_ATTACHMENTS_PER_EVENT": "attachments"}  # fmt: skip


@dataclass(frozen=True)
class Sizes:
    """Numbers that no constant of the table can be taken for."""

    event: int = 1_000_003
    attachment: int = 2_000_003
    attachments: int = 37


SIZES = Sizes()


def size(cell: str) -> int | None:
    """What a cell such as "8 × `MAX_EVENT_BYTES`" or "100 KiB" comes to; None for an empty one."""
    if not cell:
        return None
    found = re.fullmatch(r"(?:(\d+) × )?`(\w+)`(?: \(\d{3}\))?", cell)
    if found:
        return int(found[1] or 1) * getattr(SIZES, NAMED_LIMITS[found[2]])
    number = re.fullmatch(r"(\d+)( KiB)?(?: \(\d{3}\))?", cell)
    assert number is not None, cell
    return int(number[1]) * (1024 if number[2] else 1)


def test_every_type_is_documented_as_it_is_treated() -> None:
    documented = {}
    for names, category, most, per_envelope, treatment in rows("Item types"):
        for name in re.findall(r"`([a-z_]+)`", names):
            kept = None if treatment == "not supported" else (size(most), size(per_envelope))
            documented[name] = (category.strip("`"), kept)
    in_code = {
        name: (
            row.category,
            row.kept and (row.kept.max_bytes(SIZES), row.kept.max_items and row.kept.max_items(SIZES)),
        )
        for name, row in item_types.ITEM_TYPES.items()
    }
    assert documented == in_code


def test_families_and_unknown_types_are_documented_with_their_category() -> None:
    for names, category, *_ in rows("Item types"):
        for family in re.findall(r"`([a-z_]+)…`", names):
            assert item_types.category(f"{family}anything") == category.strip("`")
        if names == "anything else":
            assert item_types.category("never heard of") == category.strip("`")
