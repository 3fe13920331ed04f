"""One action on many issues: at once where they are few, else in the background; what it did, and taking it back."""

from __future__ import annotations

from issues.bulk_actions.actions import AT_ONCE, begin, current, undo

__all__ = ["AT_ONCE", "begin", "current", "undo"]
