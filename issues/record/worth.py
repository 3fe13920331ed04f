"""Which events to keep when a project has more than its limit (docs/decisions/0005). Pure.

Of a flood's events every second one is deleted first, then every fourth, and so on, so that the rest is spread evenly
over the flood. Events with small numbers are worth more than those with large ones, so rare issues keep their events.
"""

from __future__ import annotations

# Deleted last: an issue's first event, and the events that changed its state.
PINNED = 31
_HIGHEST = 30
# A number with fewer bits than this is worth more: every event past 2**12 counts as the middle of a flood.
_RARE_BITS = 12


def worth(number: int, *, changed: bool = False) -> int:
    """The worth of the event with this number in its issue (from 1): 0 (deleted first) to PINNED.

    `changed`: the event changed the state of its issue.
    """
    if number <= 1 or changed:
        return PINNED
    rare = max(0, _RARE_BITS - number.bit_length())
    spread = (number & -number).bit_length() - 1
    return min(_HIGHEST, rare + spread)
