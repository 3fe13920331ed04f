"""What the columns of an issue are, as its groupings have them: the sums, and the first and the last event of all."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

from issues.models import Grouping
from issues.record import trends

_FIRST = ("first_seen", "first_release", "first_environment")
_LAST = ("last_seen", "last_release", "last_environment", "level")


def joined(groupings: Sequence[Grouping]) -> dict[str, Any]:
    """The columns of an issue with these groupings, one of which has events at least.

    Times, release, environment and level are always those of one event. Of events of one time the one is first whose grouping
    is older, and the one is last whose grouping is newer.
    """
    counted = sorted((each for each in groupings if each.event_count), key=lambda each: each.pk)
    first = min(counted, key=lambda each: each.first_seen)  # type: ignore[arg-type,return-value]
    last = max(reversed(counted), key=lambda each: each.last_seen)  # type: ignore[arg-type,return-value]
    return {
        "event_count": sum(each.event_count for each in counted),
        **{name: getattr(first, name) for name in _FIRST},
        **{name: getattr(last, name) for name in _LAST},
        **{
            name: reduce(trends.joined, (getattr(each, name) for each in counted))
            for name in ("trend", "usual")
        },
    }
