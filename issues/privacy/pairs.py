"""Names with their values inside of a text: forms, query strings, headers, JSON and what programs print of objects. Pure.

`password=x`, `"password": "x"`, `'password' => 'x'`, `--password x`, `Authorization: x` at the beginning of a line, `<password>x</password>`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from issues.privacy.values import is_masked

_NAME = r"[\w.\-\[\]%$]"
_QUOTED = r"""[bBuUrRfF]{0,2}(?:"(?:[^"\\]++|\\.)*+"?|'(?:[^'\\]++|\\.)*+'?|\\+["'][^"'\\]*+(?:\\+["'])?)"""
_BARE = r"""[^\s,;&"'<>(){}\[\]#=\\|][^\s,;&"'<>(){}\[\]#|\\]*+"""
_PAIR = re.compile(
    rf"""(?<!{_NAME})(?P<name>{_NAME}{{1,100}}+)(?:"""
    rf"""(?:\\{{0,8}}["']\s{{0,8}}(?:=>|[:=])\s{{0,8}}|=>?)(?P<value>{_QUOTED}|{_BARE})"""
    rf"""|\s{{1,8}}=>?\s{{1,8}}(?P<quoted>{_QUOTED})"""
    r"""|>(?P<element>[^<>]{1,10000}+)<)"""
)
_OPTION = re.compile(r"(?<!\S)--(?P<name>[\w-]{1,100}+)[ ]{1,4}(?P<value>[^\s\[-]\S*+)")
_HEADER = re.compile(
    r"""(?:^|(?<=["'\n\r]))(?P<name>[A-Za-z][\w-]{1,100}+):[ \t]{0,8}(?P<value>[^\r\n"']+)"""
)
_PART = re.compile(r"""name="(?P<name>[^"\r\n]{1,100})"\r?\n\r?\n(?P<value>[^\r\n]+)""")
_QUOTE = re.compile(r"""[bBuUrRfF]{0,2}(?P<escape>\\*)["']""")
# With what a text that they match contains.
_PATTERNS = ((_PAIR, ""), (_OPTION, "--"), (_HEADER, ":"), (_PART, "\n"))
# Headers are only told from sentences by their names: with a hyphen, or one of these.
_HEADERS = frozenset(("authorization", "cookie", "apikey"))

#: Part of a pattern: what follows the words of names.STEMS in the bytes of JSON where one of these forms stands.
FOLLOWED = r"""[\w.\-\[\]%$]*(?:\\*["']?\s{0,8}[=:>]|\\+"\\r?\\?n?)"""


def without_values(text: str, kind_of: Callable[[str], str], mark: Callable[[str, str], str]) -> str:
    """`text` with `mark(kind, name)` in place of the values whose names `kind_of` knows."""
    for pattern, has in _PATTERNS:
        if has in text:
            text = _without(text, pattern, kind_of, mark)
    return text


def _without(
    text: str, pattern: re.Pattern[str], kind_of: Callable[[str], str], mark: Callable[[str, str], str]
) -> str:
    def replaced(match: re.Match[str]) -> str:
        name = match["name"]
        kind = kind_of(name)
        if not kind or (pattern is _HEADER and "-" not in name and name.lower() not in _HEADERS):
            return match[0]
        group = match.lastgroup or "value"
        value = match[group]
        opening, inner, closing = _unquoted(value)
        if is_masked(inner.strip()):
            return match[0]
        start = match.start(group) - match.start()
        end = match.end(group) - match.start()
        whole = match[0]
        return f"{whole[:start]}{opening}{mark(kind, name)}{closing}{whole[end:]}"

    return pattern.sub(replaced, text)


def _unquoted(value: str) -> tuple[str, str, str]:
    """The value between its quotes, and these."""
    found = _QUOTE.match(value)
    if found is None:
        return "", value, ""
    inner = value[found.end() :]
    quote = value[found.end() - 1]
    closing = quote if inner.endswith(quote) else ""
    if closing and found["escape"]:
        closing = inner[len(inner.rstrip(quote).rstrip("\\")) :]
    return found[0], inner[: len(inner) - len(closing)], closing
