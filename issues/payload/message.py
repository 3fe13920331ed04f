"""Reads the message of an event: `logentry`, the legacy `sentry.interfaces.Message`, or `message`. Pure.

Each may be text or an object of `message`, `params` and `formatted`. Source: docs/protocol.md, "Event payload".
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from issues.payload.access import text
from rustrak.lib.text.visible_text import has_text

SOURCES = ("logentry", "sentry.interfaces.Message", "message")

# Only this much of a template is searched for placeholders; parameters add at most twice as many characters.
_LONGEST_TEMPLATE = 8192
# Flags and widths are bounded: Python would make a gigabyte of "%999999999d". No space is taken as a flag: "100% sure".
_PERCENT = (
    r"%(?:%|(?:\((?P<name>[^()]{1,80})\))?(?P<spec>[-+0#]{0,3}\d{0,2}(?:\.\d{1,2})?)"
    r"(?P<kind>(?(name)[sdirfFuxXoeEgGac]|[sdirfuxXeEgG])))"
)
_percent = re.compile(_PERCENT)
_percent_or_named_braces = re.compile(_PERCENT + r"|\{(?P<braced>\w{1,80})\}")
_braces = re.compile(r"\{(?P<name>\w{0,80})\}")


class LogMessage(NamedTuple):
    """A message: `text` as a person reads it, and the `template` and `params` it was made from.

    `source` is the member of the event that holds it; `formatted` says that the SDK itself filled in the parameters.
    """

    text: str
    template: str
    params: Any
    source: str
    formatted: bool


def read(event: dict[str, Any]) -> LogMessage | None:
    """The first message of `event` that is not blank, with its parameters filled in."""
    found = _first(event)
    return LogMessage(*found) if found else None


def formatted(event: dict[str, Any]) -> str:
    """The text of `read(event)`; empty when there is none."""
    found = _first(event)
    return found[0] if found else ""


def _first(event: dict[str, Any]) -> tuple[str, str, Any, str, bool] | None:
    """What a LogMessage is made of; a plain tuple, for the digest needs only its text."""
    for source in SOURCES:
        sent = event.get(source)
        if sent is None:
            continue
        params: Any = None
        whole = ""
        if isinstance(sent, dict):
            params, whole, sent = sent.get("params"), text(sent.get("formatted")), sent.get("message")
        template = text(sent)
        if has_text(whole):
            return whole, template, params, source, True
        whole = fill(template, params)
        if has_text(whole):
            return whole, template, params, source, False
    return None


def unformatted(event: dict[str, Any]) -> str:
    """The message before its parameters are filled in, by which messages are grouped; empty when all are blank.

    Of an object it is `message`, or `formatted` where that is blank.
    """
    return template(event)[0]


def template(event: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    """`unformatted(event)`, and the keys that lead to it in the event."""
    for source in SOURCES:
        sent = event.get(source)
        if sent is None:
            continue
        formatted = sent.get("formatted") if isinstance(sent, dict) else None
        found = text(sent.get("message") if isinstance(sent, dict) else sent)
        if has_text(found):
            return found, (source, "message") if isinstance(sent, dict) else (source,)
        if has_text(found := text(formatted)):
            return found, (source, "formatted")
    return "", ()


def has_placeholders(template: str) -> bool:
    """Whether `fill` would look for parameters."""
    return _pattern(template[:_LONGEST_TEMPLATE]) is not None


def fill(template: str, params: Any) -> str:
    """`template` with `%s`, `%(name)s` or `{}` replaced by `params`; unchanged when they do not fit each other.

    Beside placeholders with a percent sign, braces count only where they name a parameter.
    """
    if not isinstance(params, dict | list) or not params:
        return template
    start, rest = template[:_LONGEST_TEMPLATE], template[_LONGEST_TEMPLATE:]
    pattern = _pattern(start)
    if pattern is None:
        return template.replace("%%", "%")
    if pattern is _percent and isinstance(params, dict):
        pattern = _percent_or_named_braces
    try:
        return pattern.sub(_Parameters(params).put, start) + rest
    except (LookupError, ValueError, OverflowError, TypeError):
        return template


def _pattern(template: str) -> re.Pattern[str] | None:
    for match in _percent.finditer(template):
        if match[0] != "%%":
            return _percent
    return _braces if "{" in template and _braces.search(template) else None


class _Parameters:
    """Replaces placeholders with parameters, which add at most twice _LONGEST_TEMPLATE characters."""

    def __init__(self, params: dict[str, Any] | list[Any]) -> None:
        self._params = params
        self._next = 0
        self._room = 2 * _LONGEST_TEMPLATE
        # The texts of those that were used, by name or index: a template may name one parameter a thousand times.
        self._texts: dict[str | int, str] = {}

    def put(self, match: re.Match[str]) -> str:
        """Raises LookupError where there is no such parameter, or what Python raises where its type does not fit."""
        if match[0] == "%%":
            return "%"
        if match.re is _percent_or_named_braces and (name := match["braced"]):
            if name not in self._params:
                return match[0]
            key: Any = name
            value = self._params[key]
        else:
            key = self._key(match["name"])
            value = self._params[key]
            if match.re is not _braces and (spec := match["spec"]) and isinstance(value, int | float):
                kind = match["kind"]
                if kind not in ("s", "a", "c"):
                    return self._kept(f"%{spec}{kind}" % value) if self._room else ""
        if (known := self._texts.get(key)) is None:
            known = self._texts[key] = text(value) if self._room else ""
        return self._kept(known)

    def _kept(self, text: str) -> str:
        """`text` as far as there is room for it."""
        kept = text[: self._room]
        self._room -= len(kept)
        return kept

    def _key(self, name: str | None) -> Any:
        """The key or index of a parameter."""
        if isinstance(self._params, dict):
            return name or ""
        if not name:
            self._next += 1
            return self._next - 1
        if not name.isdecimal():
            raise LookupError(name)
        return int(name)
