"""Source code as lines of HTML in which keywords, strings, numbers, comments and names are marked."""

from __future__ import annotations

from html import escape

from issues.render.code.rules import TEMPLATE, WORD, Language


def marked(text: str, language: Language) -> list[str]:
    """The lines of `text`, escaped, with a `<span>` around each token. Always as many lines as `text` has."""
    pieces: list[str] = []
    _write(text, language, pieces)
    return "".join(pieces).split("\n")


def open_quote(text: str, language: Language) -> int | None:
    """Where a string in simple quotes begins that has no end in `text` and goes over lines; None without one."""
    last = None
    for last in language.pattern.finditer(text):  # noqa: B007
        pass
    if (
        last is None
        or last.end() < len(text)
        or language.kinds[(last.lastindex or 1) - 1] not in ("s", TEMPLATE)
    ):
        return None
    token = last[0]
    opening = next((char for char in token if char in "\"'"), "")
    if (
        not opening
        or "\n" not in token
        or opening * 3 in token
        or (token.endswith(opening) and len(token) > 1)
    ):
        return None
    return last.start()


def _write(text: str, language: Language, pieces: list[str]) -> None:
    kinds, words, put = language.kinds, language.words, pieces.append
    done = 0
    defines = False
    for match in language.pattern.finditer(text):
        kind = kinds[match.lastindex - 1] if match.lastindex else ""
        token = match[0]
        if kind == WORD:
            known = words.get(token.lower() if language.ignore_case else token, "")
            if defines and not known and text[done : match.start()].isspace():
                known = "n"
            kind = known
            defines = known == "k" and (token.lower() if language.ignore_case else token) in language.definers
        else:
            defines = False
        if not kind:
            continue
        if done < match.start():
            put(escape(text[done : match.start()]))
        done = match.end()
        if kind == TEMPLATE:
            _template(token, language, pieces)
        elif kind in language.islands:
            _write(token, language.islands[kind], pieces)
        else:
            put(span(kind, token))
    put(escape(text[done:]))


def _template(token: str, language: Language, pieces: list[str]) -> None:
    """A string; the code inside it is not marked."""
    done = 0
    for match in language.inner.finditer(token) if language.inner else ():
        pieces.append(span("s", token[done : match.start()]))
        pieces.append(escape(match[0]))
        done = match.end()
    pieces.append(span("s", token[done:]))


def span(css: str, text: str) -> str:
    """`text` as HTML in the class `css`; a span for each of its lines."""
    html = escape(text)
    if not css or not html:
        return html
    if "\n" not in html:
        return f'<span class="{css}">{html}</span>'
    return "\n".join(f'<span class="{css}">{line}</span>' if line else "" for line in html.split("\n"))
