"""One search while its conditions are made."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from issues.search.scope import Scope

# Together, for all conditions of one search.
_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Search:
    """Where is searched, and what people must know of the answer: sentences that conditions add."""

    scope: Scope
    notes: list[str] = field(default_factory=list)
    #: When conditions must stop asking the database while they are made, on the clock of time.monotonic.
    until: float = field(default_factory=lambda: time.monotonic() + _SECONDS)
