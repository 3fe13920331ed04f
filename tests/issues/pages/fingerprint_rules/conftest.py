"""Reads pages of fingerprint rules."""

from __future__ import annotations

import re


def words(html: str) -> str:
    """The text of a page, without tags, in one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())
