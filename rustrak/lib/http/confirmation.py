"""Deletions of much that cannot be restored: the form asks for the name of what is deleted, so that no stray click is one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: The field of the form, which templates/_confirm_name.html has.
FIELD = "confirm"


def names(sent: Mapping[str, Any], name: str) -> bool:
    """Whether the fields of a form say `name` as what it deletes. Spaces around it and capitals do not matter."""
    return str(sent.get(FIELD, "")).strip().casefold() == name.casefold()


def unconfirmed(name: str) -> str:
    """What to say where it does not."""
    return f"Nothing was deleted. To delete it, type {name} into the field."
