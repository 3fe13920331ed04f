"""What names the people of a project, so that they can be found and shown. The digest remembers here whom it sees."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from issues import usage
from issues.models import Person
from issues.payload.user import Identity
from rustrak.lib import bulk
from rustrak.lib.sized_cache import SizedCache

#: A person and when they were seen.
Seen = tuple[Identity, datetime]
# A person's `last_seen` is at most this much too early: it is not written for each event. And as long a process believes what it
# remembers of a row.
EXACT_TO = timedelta(hours=1)
_FIELDS = ["id", "user_id", "email", "username", "ip_address", "last_seen"]
_CACHED_BYTES = 8 * 1024 * 1024
# Beside the texts.
_ENTRY_BYTES = 700


@dataclass(frozen=True, slots=True)
class _Known:
    """What a row says, and when this process last looked at it."""

    who: Identity
    seen: datetime
    looked_at: datetime


# By project and number.
_cache: SizedCache[tuple[int, int], _Known] = SizedCache(_CACHED_BYTES)


def remember(project_id: int, people: Iterable[Seen], room: int, now: datetime) -> tuple[int, int]:
    """Write down what names these people where that is new, at most `room` bytes. Executes no statement if nothing is.

    What a later event does not say of a person stays. Returns how many rows and bytes were added. In the caller's transaction,
    which has the project's lock.
    """
    new: dict[int, Seen] = {}
    for who, seen in people:
        key = who.number
        if (before := new.get(key)) is not None:
            new[key] = _later(before, (who, seen))
        elif not _is_known(_cache.get((project_id, key)), who, seen, now):
            new[key] = (who, seen)
    return _write(project_id, new, room, now) if new else (0, 0)


def number_in(text: str) -> int | None:
    """The number of a person in decimal digits; None for any other text."""
    digits = text.removeprefix("-")
    if (
        digits.isascii()
        and digits.isdigit()
        and len(digits) < 20
        and -(2**63) <= (found := int(text)) < 2**63
    ):
        return found
    return None


def forget() -> None:
    """Forget what this process remembers of rows."""
    _cache.clear()


def _is_known(known: _Known | None, who: Identity, seen: datetime, now: datetime) -> bool:
    if known is None or not known.looked_at <= now < known.looked_at + EXACT_TO:
        return False
    if seen <= known.seen:
        return known.who.filled(who) == known.who
    return seen < known.seen + EXACT_TO and who.filled(known.who) == known.who


def _later(one: Seen, other: Seen) -> Seen:
    """Both together: what the later one says, and what only the earlier one does."""
    if other[1] < one[1]:
        one, other = other, one
    return other[0].filled(one[0]), other[1]


def _write(project_id: int, people: dict[int, Seen], room: int, now: datetime) -> tuple[int, int]:
    rows = Person.objects.filter(project=project_id, person__in=list(people)).values_list("person", *_FIELDS)
    stored = {number: rest for number, *rest in rows}
    inserted: list[tuple[object, ...]] = []
    changed: list[tuple[object, ...]] = []
    after: list[_Known] = []
    size = 0
    for number in sorted(people):
        who, seen = people[number]
        if (row := stored.get(number)) is None:
            more = usage.person_size(*who[1:])
            if size + more <= room:
                inserted.append((project_id, *who, seen))
                size += more
        else:
            was = Identity(number, *row[1:5]), row[5]
            who, seen = _later(was, (who, seen))
            if who == was[0] and seen < was[1] + EXACT_TO:
                seen = was[1]
            else:
                changed.append((row[0], *who[1:], seen))
                size += usage.person_size(*who[1:]) - usage.person_size(*was[0][1:])
        # Also whom there is no room for: they are not looked up with each batch.
        after.append(_Known(who, seen, now))
    bulk.insert(Person, ["project", "person", *_FIELDS[1:]], inserted)
    bulk.update(Person, _FIELDS, changed, ", ".join(f"{name} = :{name}:" for name in _FIELDS[1:]))
    # When it is committed, so that nothing is remembered that was rolled back.
    transaction.on_commit(partial(_keep, project_id, after))
    return len(inserted), size


def _keep(project_id: int, known: Iterable[_Known]) -> None:
    for each in known:
        size = _ENTRY_BYTES + sum(map(len, each.who[1:]))
        _cache.put((project_id, each.who.number), each, size)
