"""How long an event is worth keeping when a project has more than it may. Pure.

Halving: of the events of a flood every second goes first, then every fourth …, so that what is left is spread over
the whole of it. Small numbers are worth more than large ones, so a rare issue keeps what a flood loses.
"""

from __future__ import annotations

# Kept when all else has gone: an issue's first event, and those that changed its state.
PINNED = 31
_MOST = 30
# Up to this many bits of an event's number count for it: events past 2**12 are all the middle of a flood.
_RARE_BITS = 12


def worth(number: int, *, changed: bool = False) -> int:
    """0 (goes first) to PINNED, for the event with this number in its issue (from 1)."""
    if number <= 1 or changed:
        return PINNED
    rare = max(0, _RARE_BITS - number.bit_length())
    spread = (number & -number).bit_length() - 1
    return min(_MOST, rare + spread)
