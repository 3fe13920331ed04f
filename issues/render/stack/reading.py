"""How the stack traces of one event are read: facts about the whole event, and what the reader asked for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from issues.payload import stack as payload_stack
from issues.payload.access import items, mapping
from issues.render.values import string

#: The address of a line of a frame in a repository, safe to link to; empty where nothing tells.
SourceLink = Callable[[Mapping[str, Any], int | None], str]

# Binaries that addresses are looked up in.
_MOST_IMAGES = 5_000


@dataclass(frozen=True)
class Reading:
    """`platform` is the event's; `flagged` says that any of its frames is marked as in-app (issues.payload.frames.in_app).

    `images` are the binaries of a native event by address. `expand_all` opens all frames and hides none;
    `oldest_first` turns stack traces around. `source_link` is of frames of the application.
    """

    platform: str = ""
    flagged: bool = False
    expand_all: bool = False
    oldest_first: bool = False
    images: Images | None = None
    source_link: SourceLink | None = None


def reading(
    event: dict[str, Any],
    platform: str,
    *,
    expand_all: bool = False,
    oldest_first: bool = False,
    source_link: SourceLink | None = None,
) -> Reading:
    """How to read the stack traces of `event`."""
    return Reading(
        platform=platform,
        flagged=payload_stack.has_marks(event),
        expand_all=expand_all,
        oldest_first=oldest_first,
        images=Images.of(event.get("debug_meta")),
        source_link=source_link,
    )


@dataclass(frozen=True)
class Images:
    """Where binaries were loaded: sorted addresses, and for each its end and name."""

    starts: list[int] = field(default_factory=list)
    names: list[tuple[int, str]] = field(default_factory=list)

    @classmethod
    def of(cls, debug_meta: object) -> Images | None:
        """Those in `debug_meta` of an event; None without any."""
        found: dict[int, tuple[int, str]] = {}
        for image in items(mapping(debug_meta).get("images"))[:_MOST_IMAGES]:
            sent = mapping(image)
            start, size = address(sent.get("image_addr")), address(sent.get("image_size"))
            name = string(sent.get("code_file"), 2_000) or string(sent.get("debug_file"), 2_000)
            if start is not None and size and name:
                found[start] = (start + size, name)
        starts = sorted(found)
        return cls(starts, [found[start] for start in starts]) if starts else None

    def at(self, place: int) -> tuple[str, int] | None:
        """The binary that contains this address, and the address it was loaded at."""
        index = bisect_right(self.starts, place) - 1
        if index < 0 or place >= self.names[index][0]:
            return None
        return self.names[index][1], self.starts[index]


def address(value: object) -> int | None:
    """An address of at most 64 bits: a whole number, or digits as text, hexadecimal ones after `0x`."""
    if isinstance(value, str) and len(value) <= 20:
        try:
            value = int(value, 0)
        except ValueError:
            return None
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**64:
        return value
    return None
