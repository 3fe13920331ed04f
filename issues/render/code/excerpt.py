"""Source code that is only a part of a file: it may begin inside a comment or a string, and lines may be cut.

What a part begins with cannot be known for certain. These are guesses from the first delimiter that could end a comment
or string; each looks at the text once.
"""

from __future__ import annotations

import re

from issues.render.code.languages import LANGUAGES
from issues.render.code.rules import Language
from issues.render.code.scanner import marked, open_quote, span

# What SDKs of JavaScript put in place of what they cut off a line.
SNIP = "{snip}"
# A line that others cut ends with dots and is at least this long.
_LONG = 120
# A cut line ends whatever is open.
_CUT_END = ("...", "…")
_ALIKE_C = frozenset({
    "javascript", "jsx", "typescript", "tsx", "php", "c", "cpp", "objective-c", "objective-c++", "java", "groovy", "kotlin",
    "scala", "csharp", "dart", "go", "rust", "swift", "sql", "fsharp",
})  # fmt: skip
_COMMENT_ENDS = {**dict.fromkeys(_ALIKE_C, ("/*", "*/")), "html": ("<!--", "-->"), "haskell": ("{-", "-}")}
_BACKTICKS = frozenset({"javascript", "jsx", "typescript", "tsx", "go"})
_TRIPLES = {
    **dict.fromkeys(("python", "cython", "groovy", "dart"), ('"""', "'''")),
    **dict.fromkeys(("java", "kotlin", "scala", "csharp", "swift", "elixir", "nim", "fsharp"), ('"""',)),
}
# Strings in simple quotes go over lines.
_LONG_STRINGS = frozenset({"ruby", "erb", "php", "rust", "elixir", "erlang", "bash", "perl", "clojure"})
_CODE = re.compile(r"[;{}()=\"'`/]")
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")
_BEFORE_STRING = re.compile(
    r"(?:[=(,\[{:+%|&>?!~]|\b(?:return|yield|raise|in|not|and|or|if|else|print|is|assert|throw|case|await|of|doc|moduledoc))\s*"
    r"(?:\b[rRbBuUfF]{1,2})?$|(?:^|\s)[rRbBuUfFsS$]{1,2}$"
)
_AFTER_STRING = re.compile(r"\s*(?:$|[)\]},.;%:])")
_SIGNATURE = re.compile(r"\s*(?:async\s+def|def|class)\b|.*\)(?:\s*->[^:]*)?:$")
_STATEMENT = re.compile(
    r"\s*(?:(?:def|class|import|from|return|if|for|while|with|try|raise|async|pass)\b|@|[\w.]+\s*(?:=|\(|\[))"
)
_TAG = re.compile(r"(?:\b(?:gql|graphql|html|css|sql|svg|dedent|keyframes|raw)|styled[\w.()]*)$")


def marked_excerpt(text: str, name: str) -> list[str]:
    """As scanner.marked in the language `name`, for a part of a file. Always as many lines as `text` has."""
    language = LANGUAGES[name]
    lines = text.split("\n")
    if not any(map(_is_cut, lines)):
        return _part(text, name, language)
    found: list[str] = []
    whole: list[str] = []
    for line in lines:
        if _is_cut(line):
            if whole:
                found += _part("\n".join(whole), name, language)
                whole = []
            found.append(_cut_line(line, language))
        else:
            whole.append(line)
    return found + (_part("\n".join(whole), name, language) if whole else [])


def _is_cut(line: str) -> bool:
    text = line.strip()
    return text.startswith(SNIP) or text.endswith(SNIP) or (len(text) >= _LONG and text.endswith(_CUT_END))


def _cut_line(line: str, language: Language) -> str:
    """A line of which an SDK left out the beginning or the end; nothing that is open at its end goes on."""
    start, end = 0, len(line)
    if line.lstrip().startswith(SNIP):
        start = line.index(SNIP) + len(SNIP)
    if line.rstrip().endswith(SNIP):
        end = max(start, line.rindex(SNIP))
    inner = "\n".join(marked(line[start:end], language))
    return f"{span('c', line[:start])}{inner}{span('c', line[end:])}"


def _part(text: str, name: str, language: Language) -> list[str]:
    end, kind = _begins_inside(text, name)
    begun, rest = span(kind, text[:end]) if end else "", text[end:]
    at = None
    if name in _LONG_STRINGS and (rest.count('"') % 2 or rest.count("'") % 2):
        at = open_quote(rest, language)
    if at is not None and (line_end := rest.find("\n", at)) >= 0:
        # A quote without an end, in a language whose strings go over lines: more likely it was read wrongly.
        html = [*marked(rest[:line_end], language), *marked(rest[line_end + 1 :], language)]
    else:
        html = marked(rest, language)
    return f"{begun}{chr(10).join(html)}".split("\n")


def _begins_inside(text: str, name: str) -> tuple[int, str]:
    """Where the comment or string ends that `text` begins in, and its CSS class; 0 when it begins in neither."""
    if name in _COMMENT_ENDS and (end := _comment(text, *_COMMENT_ENDS[name])):
        return end, "c"
    if name in _TRIPLES and (end := _tripled(text, _TRIPLES[name])):
        return end, "s"
    if name in _BACKTICKS and (end := _backtick(text)):
        return end, "s"
    return 0, ""


def _comment(text: str, opening: str, closing: str) -> int:
    at = text.find(closing)
    if at < 0 or 0 <= text.find(opening) < at:
        return 0
    before = text[text.rfind("\n", 0, at) + 1 : at].strip()
    # Not the end of a pattern or of a path in a string: `'**/*.js'`, `/a*/`.
    is_prose = not before or before[0] == "*" or not _CODE.search(_APOSTROPHE.sub("", before))
    return at + len(closing) if is_prose else 0


def _tripled(text: str, quotes: tuple[str, ...]) -> int:
    at = min((found for quote in quotes if (found := text.find(quote)) >= 0), default=-1)
    if at < 0:
        return 0
    start, end = _line_of(text, at)
    before, after = text[start:at], text[at + 3 : end]
    if before.strip():
        closes = not _BEFORE_STRING.search(before[-40:]) and "#" not in before
    elif after.strip():
        closes = _AFTER_STRING.match(after) is not None
    else:
        above, below = text[:start].rstrip(), text[end:].strip("\n").split("\n", 1)[0]
        previous = above[above.rfind("\n") + 1 :]
        if not previous:
            closes = _STATEMENT.match(below[:200]) is not None
        else:
            closes = not _SIGNATURE.match(previous[-200:]) and previous[-1] not in "(=,[{\\+"
    return at + 3 if closes else 0


def _backtick(text: str) -> int:
    at = text.find("`")
    if at < 0:
        return 0
    start, end = _line_of(text, at)
    before, after = text[start:at], text[at + 1 : end]
    if text.count("`", start, end) % 2 == 0:
        return 0
    if not before.strip():
        closes = at > 0 and _AFTER_STRING.match(after) is not None
    else:
        closes = not _BEFORE_STRING.search(before[-40:]) and not _TAG.search(before[-40:])
    return at + 1 if closes else 0


def _line_of(text: str, at: int) -> tuple[int, int]:
    end = text.find("\n", at)
    return text.rfind("\n", 0, at) + 1, len(text) if end < 0 else end
