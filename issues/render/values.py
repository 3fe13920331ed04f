"""Text of a payload as text that is safe to look at: invisible characters are named, long text is cut.

Every text that a page shows of a payload comes through `visible`. Nothing here raises.
"""

from __future__ import annotations

import math
import re

from issues.payload import access

FILTERED = "[Filtered]"
# No text is longer on a page; it is cut before anything looks at its characters.
LONGEST_TEXT = 4_000

# C0 and C1 controls but tab and newline; bidi controls; invisible and line-separating characters; surrogates.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff\ufff9-\ufffb"
    "\ud800-\udfff]"
)


def _name_character(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else f"⟨U+{code:04X}⟩"


def visible(text: str) -> str:
    """`text` with every character that hides or reorders others replaced by a visible name of it."""
    return _UNSEEN.sub(_name_character, text.replace("\r\n", "\n"))


def number(value: int | float) -> str:
    """A number as JSON writes it; `NaN`, `Infinity` and `-Infinity`, which JSON does not have, under these names."""
    if isinstance(value, float):
        if math.isfinite(value):
            return access.text(value)
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    try:
        return str(value)
    except ValueError:  # more digits than sys.int_info.str_digits_check_threshold
        return hex(value)


def scalar(value: object, limit: int = LONGEST_TEXT) -> str:
    """The first `limit` characters of `access.text(value)`, made visible."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number(value)[:limit]
    return visible(access.text(value)[:limit])


def line(value: object, limit: int = 200) -> str:
    """`scalar` on one line and at most `limit` characters, with `…` where it was cut."""
    text = " ".join(scalar(value, limit * 4).split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def string(value: object, limit: int = LONGEST_TEXT) -> str:
    """The first `limit` characters of a string that is not blank, made visible; empty for everything else."""
    return visible(value[:limit]) if isinstance(value, str) and not value.isspace() else ""


def whole_number(value: object) -> int | None:
    """An integer of 64 bits, also when it was sent as a float or as digits; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else None
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, str) and len(value) < 12 and value.strip().isascii() and value.strip().isdigit():
        return int(value)
    return None


def web_address(value: object) -> str:
    """`value` when it is an http or https address that may become a link, else empty: also for one of 4,000 characters."""
    text = value.strip() if isinstance(value, str) and len(value) < LONGEST_TEXT else ""
    return text if re.match(r"https?://[^\s\\]", text, re.IGNORECASE) and not _UNSEEN.search(text) else ""
