"""Makes a JSON value small enough: long texts are cut, large members share what room there is, small ones stay whole.

Pure. Sizes are bytes of compact UTF-8 JSON.
"""

from __future__ import annotations

from typing import Any

from issues.record.notes import Notes, What, path
from rustrak.lib import tolerant_json

# Deeper than this, what is too large goes as a whole: each level costs a pass over what is below it.
_DEEPEST = 8
# A member that would get less than this is not worth its name.
_LEAST = 48


def size(value: Any) -> int:
    """Bytes of the value's JSON."""
    return len(tolerant_json.dumps(value))


def shrunk(value: Any, room: int, notes: Notes, *keys: str | int, newest: bool = False) -> Any:
    """`value`, at most `room` (4 or more) bytes of it; null when nothing of it fits. `keys` lead to it, for the notes.

    Of too many members the first are kept, of a list the last with `newest`. `value` itself is not changed.
    """
    whole = size(value)
    return value if whole <= room else _less(value, whole, room, notes, keys, newest)


def text(value: str, room: int) -> str:
    """The beginning of `value`, of `room` (2 or more) bytes with its quotes."""
    kept = value[: room - 2]
    while (now := size(kept)) > room:
        kept = kept[: min(len(kept) - 1, len(kept) * (room - 2) // now)]
    return kept


def _less(value: Any, whole: int, room: int, notes: Notes, keys: tuple[str | int, ...], newest: bool) -> Any:
    if isinstance(value, str):
        kept = text(value, room)
        notes.add(path(*keys), What.CUT, f"{len(value)} {len(kept)}")
        return kept
    if isinstance(value, dict | list) and len(keys) < _DEEPEST and room > _LEAST:
        return (
            _object(value, room, notes, keys)
            if isinstance(value, dict)
            else _array(value, room, notes, keys, newest)
        )
    notes.add(path(*keys), What.DROPPED, str(whole))
    return None


def _array(value: list[Any], room: int, notes: Notes, keys: tuple[str | int, ...], newest: bool) -> list[Any]:
    places, sizes, share = _fitting([*enumerate(value)], room - 2, newest)
    if len(places) < len(value):
        notes.add(path(*keys), What.ENTRIES_CUT, f"{len(value)} {len(places)}")
    return [
        member if bytes_ <= share else _less(member, bytes_ - 1, share - 1, notes, (*keys, place), newest)
        for (place, member), bytes_ in zip(places, sizes, strict=True)
    ]


def _object(value: dict[str, Any], room: int, notes: Notes, keys: tuple[str | int, ...]) -> dict[str, Any]:
    members, sizes, share = _fitting([*value.items()], room - 2, False)
    kept = {}
    for (name, member), bytes_ in zip(members, sizes, strict=True):
        if bytes_ <= share:
            kept[name] = member
            continue
        own = size(name) + 2
        if share - own >= _LEAST // 2:
            kept[name] = _less(member, bytes_ - own, share - own, notes, (*keys, name), False)
    if len(kept) < len(value):
        notes.add(path(*keys), What.ENTRIES_CUT, f"{len(value)} {len(kept)}")
    return kept


def _fitting(
    members: list[tuple[Any, Any]], room: int, newest: bool
) -> tuple[list[tuple[Any, Any]], list[int], int]:
    """The members to keep, the size of each with its name and comma, and how much one of them may take."""
    most = max(1, room // 2)
    members = members[-most:] if newest else members[:most]
    sizes = [size(member) + 1 + (size(name) + 1 if isinstance(name, str) else 0) for name, member in members]
    share = _share(sizes, room)
    if share < _LEAST:
        most = max(1, room // _LEAST)
        members, sizes = (members[-most:], sizes[-most:]) if newest else (members[:most], sizes[:most])
        share = _share(sizes, room)
    return members, sizes, share


def _share(sizes: list[int], room: int) -> int:
    """What each may take at most, so that all together take no more than `room`."""
    left = room
    for place, each in enumerate(sorted(sizes)):
        share = left // (len(sizes) - place)
        if each > share:
            return share
        left -= each
    return room
