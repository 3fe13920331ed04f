"""How many examples hypothesis makes for a test that asks for a number of its own."""

from __future__ import annotations

import os


def at_most(number: int) -> int:
    """`number`, or fewer when RUSTRAK_TEST_EXAMPLES says so, as it does for other tests."""
    return min(number, int(os.environ.get("RUSTRAK_TEST_EXAMPLES", number)))
