"""Inputs that aim at the highlighter of source lines: every language that a frame can choose, with repeated tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from tests.lib.hostile.attack import Attack, Kind, Post, event, stacked

# Extensions of files that a highlighter is chosen by; platforms choose it where a file has none.
EXTENSIONS = (
    "py",
    "pyx",
    "js",
    "jsx",
    "ts",
    "tsx",
    "vue",
    "rb",
    "erb",
    "php",
    "go",
    "java",
    "kt",
    "scala",
    "groovy",
    "cs",
    "fs",
    "vb",
    "rs",
    "swift",
    "m",
    "mm",
    "c",
    "cpp",
    "dart",
    "ex",
    "erl",
    "lua",
    "pl",
    "clj",
    "html",
    "jinja",
    "sql",
    "sh",
    "ps1",
    "zig",
    "nim",
    "hs",
)
PLATFORMS = (
    "python",
    "javascript",
    "node",
    "ruby",
    "php",
    "go",
    "java",
    "csharp",
    "rust",
    "dart",
    "elixir",
    "cocoa",
    "objc",
    "native",
    "c",
    "perl",
    "haskell",
    "groovy",
)
# Repeated to the longest line that is highlighted, each alone and after each opening.
TOKENS = (
    "a ",
    "a",
    "\\",
    "(",
    ")",
    "[",
    "{",
    "<",
    ">",
    "<a ",
    "/*",
    "//",
    "*/",
    "'",
    '"',
    "`",
    "#",
    "#{",
    "${",
    "@",
    "@a ",
    "a.",
    "a::",
    "a,",
    "0",
    "0.",
    "1e",
    "-",
    "=",
    ";",
    ":",
    "?",
    "|",
    "&",
    "%",
    "%(",
    "_",
    "a<",
    "a(",
    "a=",
    " ",
    "\t",
    "é",
    "\U0001f600",
    "a\u00a0",
    "if ",
    "def ",
    "class ",
    "<%",
    "{{",
    "{%",
    "--",
    "~",
    "!",
    "^",
    "r#",
    "\\u",
    "x'",
)
# The languages that are measured also when there is little time: each has a highlighter of another kind.
USUAL = {
    "py",
    "js",
    "tsx",
    "rb",
    "php",
    "go",
    "java",
    "kt",
    "scala",
    "groovy",
    "cs",
    "swift",
    "cpp",
    "html",
    "pl",
}
OPENINGS = ('"', "'", "/", "`", "<", "{", "(", "@", "class ", "def ", "a = ")


def _lines(extension: str) -> list[dict[str, Any]]:
    """A frame for each token, its lines as long as they may be, and one for each opening with backslashes."""
    frames = []
    for token in TOKENS:
        line = (token * 2000)[:1990]
        frames.append(
            {
                "filename": f"a.{extension}",
                "context_line": line,
                "pre_context": [line] * 4,
                "post_context": [line] * 4,
            }
        )
    for opening in OPENINGS:
        lines = [opening + "\\" * 60, opening + "a " * 900, opening + "(" * 900, opening + "a\\" * 900]
        frames += [{"filename": f"a.{extension}", "context_line": line} for line in lines]
    return frames


def _posts(frames: list[dict[str, Any]], platform: str = "other") -> list[Post]:
    """Events of 20 frames, each of an issue of its own: more would not fit into an event, or be shown without source."""
    found = []
    for at in range(0, len(frames), 20):
        sent = stacked(frames[at : at + 20], platform)
        sent["exception"]["values"][0]["type"] = f"Hostile{at}"
        found += event(sent)
    return found


def source(line: str, extension: str, lines: int = 1) -> dict[str, Any]:
    """A frame that shows `line`, with `lines - 1` equal lines before it."""
    return {
        "filename": f"a.{extension}",
        "lineno": 9,
        "context_line": line,
        "pre_context": [line] * (lines - 1),
    }


# fmt: off
def _attacks() -> Iterator[Attack]:
    def frame(name: str, members: dict[str, Any], *, example: bool = False) -> Attack:
        return Attack(name, Kind.PAGE, partial(event, stacked([members])), example)

    def one(name: str, make: Callable[[], list[Post]], *, thorough: bool = False) -> Attack:
        return Attack(name, Kind.PAGE, make, thorough=thorough)

    yield frame("a quote and 60 backslashes in Scala", source('"' + "\\" * 60, "scala"), example=True)
    yield frame("the same in Kotlin", source('"' + "\\" * 60, "kt"))
    yield frame("19 KB of words in Java", source("a " * 950, "java", 10), example=True)
    yield frame("the same in C#", source("a " * 950, "cs", 10))
    for extension in EXTENSIONS:
        yield one(f"repeated tokens in .{extension}", partial(_posts, _lines(extension)), thorough=extension not in USUAL)
    for platform in PLATFORMS:
        frames = [{**f, "filename": "a"} for f in _lines("")]
        yield one(f"the same by the platform {platform}", partial(_posts, frames, platform), thorough=True)


# fmt: on


ATTACKS = list(_attacks())
