"""Names of functions as people read them: without what compilers add. symbolic has no demangler.

Source: Rust's older form is that of C++ (issues.symbols.child.formats.itanium) with a hash as the last name.
"""

from __future__ import annotations

import re

from issues.symbols.child.formats import itanium, rust

MOST_LENGTH = 4000
_NESTED = re.compile(r"_?_ZN", re.ASCII)
_NAME = re.compile(r"[A-Za-z_$.][A-Za-z0-9_$.]*", re.ASCII)
_NUMBER = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)
_RUST_HASH = re.compile(r"h[0-9a-f]{16}", re.ASCII)
_RUST = {
    "$LT$": "<", "$GT$": ">", "$RF$": "&", "$BP$": "*", "$C$": ",", "$u20$": " ", "$u7b$": "{", "$u7d$": "}", "$u5b$": "[",
    "$u5d$": "]", "$u27$": "'", "$u2b$": "+", "$LP$": "(", "$RP$": ")", "..": "::",
}  # fmt: skip


def readable(name: str) -> str:
    """The name without its mangling and the types of its arguments, such as `shop::Cart<int>::total`; as it is where its form is not known."""
    if len(name) > MOST_LENGTH:
        return name
    nested = _NESTED.match(name)
    parts = _parts(name, nested.end()) if nested else None
    if parts is not None and len(parts) > 1 and _RUST_HASH.fullmatch(parts[-1]):
        return "::".join(_of_rust(part) for part in parts[:-1])
    if name[:3].lstrip("_")[:1] in ("Z", "R") and (found := itanium.readable(name) or rust.readable(name)):
        return found
    return _without_arguments(name)


def _without_arguments(name: str) -> str:
    """`shop::sum<int>` of `int shop::sum<int>(int, int) const`, which is how PDB files and some compilers write it."""
    end = name.removesuffix(" const").removesuffix(" volatile").rstrip("& ")
    if not end.endswith(")") or end.endswith("operator()"):
        return name
    depth, at = 0, len(end)
    while at:
        at -= 1
        depth += (end[at] == ")") - (end[at] == "(")
        if not depth:
            break
    found = end[:at].rstrip()
    if depth or not found or found.endswith(("operator", "*", "&", ":")):
        return name if depth or not found.endswith("operator") else f"{found}()"
    # What is before the name is the type of its result.
    before, operator, after = found.rpartition("operator")
    head = before if operator and not after[:1].isalnum() and after[:1] != "_" else found
    depth = 0
    for at in range(len(head) - 1, -1, -1):
        one = head[at]
        depth += (one in ")>'") - (one in "(<`")
        if one == " " and not depth:
            return found[at + 1 :].lstrip("*&")
    return found


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
