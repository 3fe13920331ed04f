"""The size to which the largest are brought down when all together have too much. Pure."""

from __future__ import annotations

from collections.abc import Iterable


def level(sizes: Iterable[int], most: int) -> int | None:
    """The largest size at which `sizes`, each cut to it, make at most `most` together; None when they do uncut.

    Those that are smaller keep all they have.
    """
    in_order = sorted(sizes)
    if sum(in_order) <= most:
        return None
    left, found = max(0, most), 0
    for index, size in enumerate(in_order):
        found = left // (len(in_order) - index)
        if size > found:
            break
        left -= size
    return found
