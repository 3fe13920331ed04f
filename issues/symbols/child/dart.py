"""Symbol maps of Dart: a JSON array in which each real name is followed by its obfuscated one.

Source: Flutter's `--extra-gen-snapshot-options=--save-obfuscation-map`, which writes the file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import orjson

from issues.symbols.answers import Unreadable
from issues.symbols.child.contents import Contents, only

MOST_BYTES = 64 << 20
_KEPT_OF_BYTE, _KEPT_BYTES = 8, 4096
_FORM = "It is not a symbol map of Dart, which is a JSON array of an even number of names"
_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_MOST_NAME = 1000


def load(files: Sequence[Contents | None], question: dict[str, Any]) -> tuple[dict[str, str], int]:
    """The real names by their obfuscated ones. Raises Unreadable."""
    file = only(files)
    return loaded(file.read(MOST_BYTES))


def loaded(data: bytes) -> tuple[dict[str, str], int]:
    """Of the bytes of a map."""
    try:
        names = orjson.loads(data.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        raise Unreadable(f"{_FORM}: it is not JSON.") from None
    if not isinstance(names, list) or len(names) % 2 or not all(isinstance(name, str) for name in names):
        raise Unreadable(f"{_FORM}.")
    real: dict[str, str] = {}
    for at in range(0, len(names), 2):
        real.setdefault(names[at + 1], names[at][:_MOST_NAME])
    # An empty value would be taken for one that is not kept.
    return real or {"": ""}, len(data) * _KEPT_OF_BYTE + _KEPT_BYTES


def answer(real: dict[str, str], question: dict[str, Any]) -> dict[str, str]:
    """The real names of `names`. A name such as `xyz<ab>.cd` consists of several, each of which may be known."""
    found = {}
    for name in question["names"]:
        whole = real.get(name) or _NAME.sub(lambda one: real.get(one[0], one[0]), name)
        if whole != name:
            found[name] = whole[:_MOST_NAME]
    return found
