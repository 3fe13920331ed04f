"""What may be wrong with a merge."""

from __future__ import annotations


class NotPossible(ValueError):
    """The issues cannot be merged, or a merge cannot be undone. The message is for people."""
