"""Makes any JSON value small enough: long texts are cut, large members share the room, small ones stay whole. Pure.

Sizes are bytes of compact UTF-8 JSON.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

from issues.payload.notes import Notes, What, path
from rustrak.lib import tolerant_json

# A value below this depth that is too large is left out: each level costs another pass over everything in it.
_DEEPEST = 8
# Where every member would get less than this, some are left out instead.
_FAIR = 256


def size(value: Any) -> int:
    """How many bytes the JSON of `value` has."""
    return len(tolerant_json.dumps(value))


def shrunk(value: Any, room: int, notes: Notes, *keys: str | int, newest: bool = False) -> Any:
    """`value` cut to at most `room` bytes, which are 4 or more; None when no part of it fits.

    Of too many members the first are kept, or, with `newest`, the last of arrays. `keys` lead to the value, for the
    notes. `value` itself is not changed.
    """
    whole = size(value)
    return value if whole <= room else _less(value, whole, room, notes, keys, newest)


def text(value: str, room: int) -> str:
    """The beginning of `value`: at most `room` bytes of JSON with its quotes, which are 2 or more."""
    kept = value[: room - 2]
    while (now := size(kept)) > room:
        kept = kept[: min(len(kept) - 1, len(kept) * (room - 2) // (now - 2))]
    return kept


def _less(value: Any, whole: int, room: int, notes: Notes, keys: tuple[str | int, ...], newest: bool) -> Any:
    if isinstance(value, str):
        kept = text(value, room)
        notes.add(path(*keys), What.CUT, f"{len(value)} {len(kept)}")
        return kept
    if isinstance(value, dict | list) and len(keys) < _DEEPEST and room >= 8:
        return (
            _object(value, room, notes, keys, newest)
            if isinstance(value, dict)
            else _array(value, room, notes, keys, newest)
        )
    notes.add(path(*keys), What.DROPPED, str(whole))
    return None


def _array(value: list[Any], room: int, notes: Notes, keys: tuple[str | int, ...], newest: bool) -> list[Any]:
    # Each takes at least two bytes with its comma.
    most = min(len(value), room // 2)
    members = value[len(value) - most :] if newest else value[:most]
    sizes = [size(member) + 1 for member in members]
    count, share = _fitting(sizes[::-1] if newest else sizes, room - 2)
    first = len(value) - count if newest else 0
    if count < len(value):
        notes.add(path(*keys), What.ENTRIES_CUT, f"{len(value)} {count}")
        members, sizes = (members[-count:], sizes[-count:]) if newest else (members[:count], sizes[:count])
    return [
        member
        if bytes_ <= share
        else _less(member, bytes_ - 1, share - 1, notes, (*keys, first + index), newest)
        for index, (member, bytes_) in enumerate(zip(members, sizes, strict=True))
    ]


def _object(
    value: dict[str, Any], room: int, notes: Notes, keys: tuple[str | int, ...], newest: bool
) -> dict[str, Any]:
    members = list(islice(value.items(), room // 4))
    sizes = [size(name) + size(member) + 2 for name, member in members]
    count, share = _fitting(sizes, room - 2)
    kept = {}
    for (name, member), bytes_ in zip(members[:count], sizes, strict=False):
        if bytes_ <= share:
            kept[name] = member
            continue
        own = size(name) + 2
        if share - own >= 8:
            kept[name] = _less(member, bytes_ - own, share - own, notes, (*keys, name), newest)
    if len(kept) < len(value):
        notes.add(path(*keys), What.ENTRIES_CUT, f"{len(value)} {len(kept)}")
    return kept


def _fitting(sizes: list[int], room: int) -> tuple[int, int]:
    """How many members are kept, counted from the first, and how many bytes each may take at most."""
    share = _share(sizes, room)
    if share >= _FAIR:
        return len(sizes), share
    most = max(_FAIR, room // 16)
    count, left = 0, room
    for each in sizes:
        left -= min(each, most)
        if left < 0:
            break
        count += 1
    count = max(1, count)
    return count, _share(sizes[:count], room)


def _share(sizes: list[int], room: int) -> int:
    """How many bytes each may take at most, so that all together take no more than `room`."""
    left = room
    for index, each in enumerate(sorted(sizes)):
        share = left // (len(sizes) - index)
        if each > share:
            return share
        left -= each
    return room
