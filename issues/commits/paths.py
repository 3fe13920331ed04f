"""Compares the path of a frame with the path of a file in a repository. Pure.

An event does not tell where a repository begins in the path of a frame, so the two are compared from their ends: `/srv/app/shop/cart.py`
and `src/shop/cart.py` have `shop/cart.py` in common.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

#: Characters of a path that are read, and folders that are compared, from its end.
LONGEST_PATH, MOST_FOLDERS = 2_000, 40

# `webpack://shop/./src/cart.ts`, `app:///main.js`, `https://example.com/assets/app.js`, `C:\shop\cart.cs`
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,20}:/{1,3}(?=[^/])|[A-Za-z]:/|/+")
_JVM = re.compile(r"[^/]{1,200}\.(?:java|kt|kts|scala|groovy|clj)", re.IGNORECASE)


def of_frame(frame: Mapping[str, Any]) -> list[str]:
    """The paths that a frame has, which of them says most first, with `/`: of its file, and on the JVM of its class."""
    found: dict[str, None] = {}
    filename = _text(frame.get("filename"))
    module = _text(frame.get("module"))
    if module and _JVM.fullmatch(filename):
        # `com.acme.shop.Cart$Item` is in com/acme/shop, in the file that the frame names.
        package = module.rpartition(".")[0].replace(".", "/")
        found[f"{package}/{filename}" if package else filename] = None
    for name in ("abs_path", "filename"):
        if path := _text(frame.get(name)).replace("\\", "/"):
            found[path] = None
    return list(found)


def _text(value: object) -> str:
    return value[:LONGEST_PATH] if isinstance(value, str) else ""


def parts(path: str) -> list[str]:
    """The names of a path, from its file to its root; without query, scheme, drive and what means the same folder."""
    path = path.replace("\\", "/").partition("?")[0].partition("#")[0]
    if before := _SCHEME.match(path):
        path = path[before.end() :]
    found: list[str] = []
    for name in reversed(path.split("/")):
        if name == "..":
            break
        if name not in ("", "."):
            found.append(name)
            if len(found) >= MOST_FOLDERS:
                break
    return found


def name_of(path: str) -> str:
    """The last name of a path; empty if it has none."""
    names = parts(path)
    return names[0] if names else ""


def common(frame: list[str], file: list[str]) -> int:
    """How many names the two have in common, from their ends. Both are those of `parts`."""
    count = 0
    for one, other in zip(frame, file, strict=False):
        if one != other:
            break
        count += 1
    return count


def is_same(frame: list[str], file: list[str], *, only_one: bool) -> bool:
    """Whether a frame's path probably is that of a file in a repository: the file's name and a folder are the same, or the whole path of
    the one that has no folder. `only_one`: no other file in question has this name, so a frame without folders may mean it."""
    same = common(frame, file)
    if same >= 2:
        return True
    return same == 1 and (len(file) == 1 or (len(frame) == 1 and only_one))
