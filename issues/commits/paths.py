"""Compares the path of a frame with the path of a file in a repository. Pure.

An event does not tell where a repository begins in the path of a frame, so the two are compared from their ends: `/srv/app/shop/cart.py`
and `src/shop/cart.py` have `shop/cart.py` in common.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from issues.commits.hosts import tells

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


class FrameFiles:
    """The files of an event's frames, to be compared with files of repositories. Each is looked up once, however many frames there are.

    A frame's path probably is a file's if the name and a folder are the same. The name alone is enough for a file without folders, and for
    a frame without folders if no other file in question has this name.
    """

    def __init__(self) -> None:
        self.names: set[str] = set()
        self._exact: dict[tuple[str, ...], list[tuple[int, str]]] = {}
        self._in_folder: dict[tuple[str, str], int] = {}
        self._named: dict[str, int] = {}
        self._bare: dict[str, int] = {}

    def add(self, depth: int, path: str) -> None:
        """A path of the frame at this depth, 0 where it was raised; the frames in this order."""
        if not (names := parts(path)):
            return
        self.names.add(names[0])
        self._named.setdefault(names[0], depth)
        if len(names) > 1:
            self._in_folder.setdefault((names[0], names[1]), depth)
        else:
            self._bare.setdefault(names[0], depth)

    def add_exact(self, depth: int, path: str, repository: str) -> None:
        """A frame whose file is known, with the repository that it is in."""
        if names := parts(path):
            self.names.add(names[0])
            self._exact.setdefault(tuple(names), []).append((depth, repository.lower()))

    def depth(self, file: list[str], repository: str = "", *, only_one: bool = False) -> int | None:
        """The first frame whose file this is (`parts` of its path); None if it is of none. `only_one`: no other file in question has this
        name. Which repository it is in may not be known (issues.commits.hosts.tells)."""
        if not file:
            return None
        to = repository.lower()
        found = [depth for depth, own in self._exact.get(tuple(file), ()) if own == to or not tells(to)]
        if len(file) == 1:
            found += _one(self._named.get(file[0]))
        else:
            found += _one(self._in_folder.get((file[0], file[1])))
            found += _one(self._bare.get(file[0])) if only_one else ()
        return min(found, default=None)


def _one(depth: int | None) -> tuple[int, ...]:
    return () if depth is None else (depth,)
