"""Folds text, so that texts that differ in case only compare as equal, in every script and on every database. Pure.

Databases disagree: SQLite knows the case of ASCII letters only, PostgreSQL that of its locale. What is compared without
case is therefore folded here and stored beside the text.
"""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """`text` with Unicode's full case folding, accents composed (NFC): the same for `STRASSE` and `Straße`, `É` and `e`
    with a combining accent. Turkish has `İ` and `i`, `I` and `ı`, so all four are one letter. May be up to three times
    as long as `text`."""
    if text.isascii():
        return text.lower()
    # Composed before as well, because folding takes a few composed letters apart.
    found = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    return found.replace("i\u0307", "i").replace("ı", "i")


def folded(*texts: str) -> str:
    """The texts folded, each on lines of its own; without those that are part of one before."""
    joined = ""
    for text in texts:
        if text not in joined:
            joined = f"{joined}\n{text}" if joined else text
    return fold(joined)
