"""What happened to a request and what to do about it, as text; and safe reading of what the edge noted of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rustrak.lib import wording

# What the edge noted: ingest.ledger.tally.AnsweredRequest.detail. Any value may be missing or of another type.
Detail = Mapping[str, Any]

# Sizes in the messages of the edge.
_BYTES = re.compile(r"\b(\d{4,15}) bytes")


@dataclass(frozen=True, slots=True)
class Explanation:
    """What happened (`title`, `text`), what to do (`fix`) and where: `page` names a page of the project, or is empty."""

    title: str
    text: str
    fix: str = ""
    page: str = ""


def message(detail: Detail) -> str:
    """The edge's message as a sentence with readable sizes; empty if there is none."""
    found = text(detail, "message", most=300)
    if not found:
        return ""
    found = _BYTES.sub(lambda size: wording.size(int(size[1])), found)
    return found[0].upper() + found[1:] + ("" if found[-1] in ".!?" else ".")


def number(detail: Detail, name: str) -> int | None:
    """A positive integer of `detail`, or None."""
    value = detail.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def text(detail: Detail, name: str, most: int = 120) -> str:
    """A string of `detail` on one line, cut to `most` characters; empty if there is none."""
    value = detail.get(name)
    return " ".join(value.split())[:most] if isinstance(value, str) else ""
