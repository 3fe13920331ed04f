"""Pauses the garbage collector while very many objects are created at once."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: Bytes of JSON from which on the pause is worth while.
MANY_BYTES = 64 * 1024


@contextmanager
def paused() -> Iterator[None]:
    """Keep the collector from running inside: for every 700 new objects it looks at what is there, which takes ten times as
    long as to create it. What is created must not consist of cycles. Does nothing where it is paused already."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
