"""What fingerprint rules can ask about, and its other names. Pure.

Source: Sentry's documentation of fingerprint rules. `file`, `release`, `environment`, `transaction`, `platform`, `sdk` and
`tag.NAME` are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Of(Enum):
    """What a matcher looks at. Those of one exception or of one frame must all match the same one."""

    EVENT = 0
    EXCEPTION = 1
    MESSAGE = 2
    TAG = 3
    FRAME = 4


@dataclass(frozen=True, slots=True)
class Key:
    """`name` is the shortest name. `is_path`: slashes separate, and `*` stops at them."""

    name: str
    of: Of
    ignores_case: bool = False
    is_path: bool = False


_KEYS = (
    Key("type", Of.EXCEPTION),
    Key("value", Of.EXCEPTION, ignores_case=True),
    Key("message", Of.MESSAGE, ignores_case=True),
    Key("file", Of.FRAME, ignores_case=True, is_path=True),
    Key("function", Of.FRAME),
    Key("module", Of.FRAME),
    Key("package", Of.FRAME, ignores_case=True, is_path=True),
    Key("app", Of.FRAME, ignores_case=True),
    Key("logger", Of.EVENT),
    Key("level", Of.EVENT, ignores_case=True),
    Key("transaction", Of.EVENT),
    Key("release", Of.EVENT),
    Key("environment", Of.EVENT),
    Key("platform", Of.EVENT, ignores_case=True),
    Key("family", Of.EVENT, ignores_case=True),
    Key("sdk", Of.EVENT, ignores_case=True),
)
_OTHER_NAMES = {
    "error.type": "type",
    "error.value": "value",
    "path": "file",
    "stack.abs_path": "file",
    "stack.filename": "file",
    "stack.function": "function",
    "stack.module": "module",
    "stack.package": "package",
    "in_app": "app",
    "stack.in_app": "app",
    "sdk.name": "sdk",
}
#: By every name in lower case.
KEYS: Mapping[str, Key] = {
    **{key.name: key for key in _KEYS},
    **{other: key for other, name in _OTHER_NAMES.items() for key in _KEYS if key.name == name},
}
_TAG_PREFIXES = ("tags.", "tag.")

FAMILIES = {
    "javascript": frozenset({"javascript", "node"}),
    "native": frozenset({"native", "c", "cocoa", "objc", "swift", "rust"}),
}


def find(name: str) -> Key | None:
    """The key that is written so; None when there is none of this name. A tag's has its name, as it is written."""
    lower = name.lower()
    if (key := KEYS.get(lower)) is not None:
        return key
    for prefix in _TAG_PREFIXES:
        if lower.startswith(prefix) and len(name) > len(prefix):
            return Key(f"tags.{name[len(prefix) :]}", Of.TAG)
    return None


def family(platform: str) -> str:
    """`javascript`, `native` or `other`."""
    return next((name for name, platforms in FAMILIES.items() if platform in platforms), "other")
