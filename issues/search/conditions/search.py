"""One search while its conditions are made."""

from __future__ import annotations

from dataclasses import dataclass, field

from issues.search.scope import Scope


@dataclass(frozen=True, slots=True)
class Search:
    """Where is searched, and what people must know of the answer: sentences that conditions add."""

    scope: Scope
    notes: list[str] = field(default_factory=list)
