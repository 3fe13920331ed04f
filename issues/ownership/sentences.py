"""Words why an issue was assigned, or is no longer. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Characters of a rule that are shown.
LONGEST_RULE = 120


def sentence(why: Mapping[str, Any] | None) -> str:
    """`By the ownership rule “path:src/pay/* #payments” (line 3 of version 2).` Empty for none, and for what is not about owners.

    The rule was written by a member of the project.
    """
    match why:
        case {"code": "owner", "rule": str(rule), "line": int(line), "version": int(version)}:
            cut = rule if len(rule) <= LONGEST_RULE else f"{rule[: LONGEST_RULE - 1]}…"
            return f"By the ownership rule “{cut}” (line {line} of version {version})."
        case {"code": "no_access"}:
            return "Nobody there can see the project any more."
        case {"code": "team_deleted"}:
            return "The team was deleted."
    return ""
