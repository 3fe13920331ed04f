"""Patterns of paths as CODEOWNERS files have them, compared with the paths of stack frames. Pure.

Sources: GitHub's documentation, "About code owners", "CODEOWNERS syntax"; GitLab's, "Code Owners syntax and error handling". An
event does not tell where the repository begins in an absolute path, so there a pattern may begin at any folder; a relative path begins in the repository.
Case does not matter.
"""

from __future__ import annotations

import re

from issues.payload.rules.patterns import PathGlob

#: Folders of a path that are looked at, from its end.
MOST_FOLDERS = 40
_BEFORE = re.compile(r"(?:[a-z][a-z0-9+.-]{1,20}://+|[a-z]:/+|/+)?(?:\./+)*")


class OwnedPaths:
    """The paths that a pattern such as `/src/pay/`, `*.js` or `docs/**/*.md` means; they must be casefolded, with `/`.

    Raises BadPattern.
    """

    __slots__ = ("_direct", "_glob", "_is_anchored", "_is_folder", "literal")

    def __init__(self, pattern: str) -> None:
        self._is_folder = pattern.endswith("/")
        inner = pattern.strip("/")
        # A slash at the beginning or within binds the pattern to the root of the repository.
        self._is_anchored = pattern.startswith("/") or "/" in inner
        # The files in a folder, and not those in its folders: GitHub says so of docs/*.
        self._direct = inner.endswith("/*")
        # PathGlob takes braces and brackets for alternatives and sets, which CODEOWNERS has not.
        plain = re.sub(r"[\[\]{}]", r"\\\g<0>", inner.casefold())
        plain = re.sub(r"\*\*+(?=[^/])|(?<=[^/])\*\*+", "*", plain)
        self._glob = PathGlob(plain if "/" in plain else f"{plain}/")
        self.literal = self._glob.literal.strip("/")

    def match(self, path: str) -> bool:
        """Whether the pattern means the file with this path."""
        rest = path[found.end() :] if (found := _BEFORE.match(path)) else path
        names = rest.split("/")[-MOST_FOLDERS:]
        is_absolute = rest != path and not path.startswith("./")
        starts = range(1) if self._is_anchored and not is_absolute else range(len(names))
        return any(self._is_at(names[start:]) for start in starts)

    def _is_at(self, names: list[str]) -> bool:
        ends = [len(names)] if self._direct else range(1, len(names) + (not self._is_folder))
        return any(self._fits(names[:end]) for end in ends)

    def _fits(self, names: list[str]) -> bool:
        text = "/".join(names)
        return self._glob.match(text if len(names) > 1 else f"{text}/") or self._glob.match(text)
