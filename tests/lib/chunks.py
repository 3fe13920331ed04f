"""Cuts bodies into the chunks that they may arrive in."""

from __future__ import annotations

from collections.abc import Iterable


def cut(data: bytes, sizes: Iterable[int]) -> list[bytes]:
    """`data` in chunks of these sizes, and the rest in one more."""
    chunks, at = [], 0
    for size in sizes:
        chunks.append(data[at : at + size])
        at += size
    return [*chunks, data[at:]]
