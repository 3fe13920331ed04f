"""Tells names of keys from other text with a colon: addresses, titles of errors and places in code are pasted too.

Decision 0033 has the rule.
"""

from __future__ import annotations

import re

from issues.query.keys import known, unsupported

NAME = re.compile(r"[^\W\d][\w.\-]*")
# A place in code is no tag: `charge.py:42`.
_SOURCE_FILE = re.compile(
    r".+\.(?:c|cc|clj|cpp|cs|cxx|dart|erl|exs?|go|h|hpp|hs|html?|java|jsx?|cjs|mjs|kts?|lua|mm?|php|pl|pyx?|rb|rs|scala|sh|sql"
    r"|swift|tsx?|vb|vue)",
    re.IGNORECASE,
)
# Nor is the type of an exception: `KeyError:'order_id'`.
_EXCEPTION = re.compile(r"(?:[\w\-]*\.)*[A-Z]\w*(?:Error|Exception)|Error|Exception")
_LINE = re.compile(r"[0-9]+(?::[0-9]+)*+:?(?!\S)")


def is_key(name: str, text: str, at: int) -> bool:
    """Whether `name`, whose colon is just before `at` in `text`, is a key there. What follows is no space."""
    if text.startswith((":", "//"), at):  # Foo::Bar, https://
        return False
    if known(name):
        return True
    if len(name) == 1 and text.startswith("\\", at):  # C:\app
        return False
    if _EXCEPTION.fullmatch(name):
        return False
    return not (_LINE.match(text, at) and _SOURCE_FILE.fullmatch(name))


def is_plain_tag(name: str) -> bool:
    """Whether a tag can be named without `tags[…]` or quotes, whatever its value is."""
    return bool(
        NAME.fullmatch(name)
        and not known(name)
        and not unsupported(name)
        and not _SOURCE_FILE.fullmatch(name)
        and not _EXCEPTION.fullmatch(name)
    )
