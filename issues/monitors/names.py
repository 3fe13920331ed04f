"""The names of jobs as their SDKs send them, and the slugs that are made of them for addresses. Pure.

A monitor belongs to one name: names that differ in case, punctuation, script or after many characters are different
jobs. A slug is readable and unique in its project; it stays when it is given.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Container
from typing import Any

from anyascii import anyascii
from django.utils.text import slugify

MAX_NAME_LENGTH, MAX_SLUG_LENGTH = 200, 50
# No more characters are normalised: marks of many classes are put in order in quadratic time.
_MAX_NORMALISED = 4 * MAX_NAME_LENGTH
_NOT_STORABLE = re.compile("[\0\ud800-\udfff]")
_HASH, _LONG_HASH = 8, 12


def name_of(value: Any) -> str:
    """The name of the job in a `monitor_slug`; empty when there is none, or neither a text nor a number.

    Composed and decomposed characters are the same. A name that is too long is cut and ends in a hash of all of it.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = repr(value) if isinstance(value, float) or abs(value) < 10**18 else ""
    if not isinstance(value, str):
        return ""
    text = value.strip()
    name = unicodedata.normalize("NFC", _NOT_STORABLE.sub("\ufffd", text[:_MAX_NORMALISED]))
    if len(text) <= _MAX_NORMALISED and len(name) <= MAX_NAME_LENGTH:
        return name
    return f"{name[: MAX_NAME_LENGTH - _LONG_HASH - 1]}…{_hash(text, _LONG_HASH)}"


def former_slug(name: str) -> str:
    """The slug that monitors of this name had while a slug was all that was known of a monitor; may be empty."""
    return slugify(name)[:MAX_SLUG_LENGTH].strip("-_")


def slugs(name: str) -> tuple[str, str]:
    """The readable slug of a name, which may be empty, and the one with a hash of the name."""
    readable = slugify(anyascii(name))[:MAX_SLUG_LENGTH].strip("-_")
    start = readable[: MAX_SLUG_LENGTH - _HASH - 1].rstrip("-_") or "monitor"
    return readable, f"{start}-{_hash(name, _HASH)}"


def free_slug(name: str, taken: Container[str]) -> str:
    """A slug for the monitor of this name that is not among `taken`."""
    readable, hashed = slugs(name)
    if readable and readable not in taken:
        return readable
    number = 0
    while hashed in taken:
        number += 1
        hashed = f"monitor-{_hash(f'{number} {name}', 2 * _HASH)}"
    return hashed


def _hash(text: str, length: int) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:length]
