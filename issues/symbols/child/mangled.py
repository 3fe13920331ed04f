"""Names as compilers of C++ and Rust write them into programs. symbolic has no demangler; the plainest form is read here.

Source: Itanium C++ ABI, section 5.1 (`_ZN` names `E`); Rust's legacy form is the same with a hash as the last name.
"""

from __future__ import annotations

import re

MOST_LENGTH = 4000
_NESTED = re.compile(r"_?_ZN[rVK]{0,3}[RO]?", re.ASCII)
_PLAIN = re.compile(r"_?_Z([1-9][0-9]{0,3})([A-Za-z_][A-Za-z0-9_]*)", re.ASCII)
_NAME = re.compile(r"[A-Za-z_$.][A-Za-z0-9_$.]*", re.ASCII)
_NUMBER = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)
_RUST_HASH = re.compile(r"h[0-9a-f]{16}", re.ASCII)
_RUST = {
    "$LT$": "<", "$GT$": ">", "$RF$": "&", "$BP$": "*", "$C$": ",", "$u20$": " ", "$u7b$": "{", "$u7d$": "}", "$u5b$": "[",
    "$u5d$": "]", "$u27$": "'", "$u2b$": "+", "$LP$": "(", "$RP$": ")", "..": "::",
}  # fmt: skip


def readable(name: str) -> str:
    """The name without its mangling, such as `shop::Cart::total`; as it is where it has templates or another form."""
    if len(name) > MOST_LENGTH:
        return name
    if plain := _PLAIN.match(name):
        length = int(plain[1])
        # What follows are the types of its arguments.
        return plain[2][:length] if length <= len(plain[2]) else name
    if not (nested := _NESTED.match(name)) or (parts := _parts(name, nested.end())) is None:
        return name
    if len(parts) > 1 and _RUST_HASH.fullmatch(parts[-1]):
        return "::".join(_of_rust(part) for part in parts[:-1])
    return "::".join(parts)


def _parts(name: str, at: int) -> list[str] | None:
    """The names from `at` to an `E`, each of which has its length before it; None if there is anything else."""
    parts: list[str] = []
    while name[at : at + 1] != "E":
        if not (number := _NUMBER.match(name, at)):
            return None
        at = number.end() + int(number[0])
        part = name[number.end() : at]
        if at >= len(name) or not _NAME.fullmatch(part):
            return None
        parts.append(part)
    # Types of arguments follow.
    return parts or None


def _of_rust(part: str) -> str:
    if part.startswith("_$"):
        part = part[1:]
    for written, meant in _RUST.items():
        part = part.replace(written, meant)
    return part
