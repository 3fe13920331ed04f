"""What an event says in words: `logentry`, `message` or the legacy `sentry.interfaces.Message`.

Parameters are put into the text by our own substitution, never by Python's `%`: a hostile `%999999999d` would cost a
gigabyte. Where text and parameters do not fit together the raw text is shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from issues.render.values import Field, Value, fields, mapping, scalar, show, string

LONGEST = 20_000
_PLACE = re.compile(
    r"%%|%\((?P<named>[^)]{1,80})\)[-#0 +]*\d{0,3}(?:\.\d{1,3})?[a-zA-Z]|%[-#0 +]*\d{0,3}(?:\.\d{1,3})?[sdifrxeg]|\{(?P<braced>\w{0,40})\}"
)


@dataclass(frozen=True)
class Message:
    """The text as it reads, the template it was made from when that differs, and its parameters."""

    text: Value
    template: Value | None = None
    params: tuple[Field, ...] = ()


def message(payload: dict[str, Any]) -> Message | None:
    """The message of an event, or None when it has none. `logentry` wins over `message`."""
    for name in ("logentry", "sentry.interfaces.Message", "message"):
        sent = payload.get(name)
        if isinstance(sent, dict):
            template, params = sent.get("message"), sent.get("params")
            text = string(sent.get("formatted")) or formatted(template, params)
            if text:
                differs = string(template) and visible_differs(string(template), text)
                mark = getattr(sent.get("formatted") or template, "mark", "")
                return Message(
                    replace(show(text), mark=mark),
                    show(template) if differs else None,
                    fields(params) if params not in (None, [], {}) else (),
                )
            if sent:
                return Message(show(sent))
        elif string(sent) or (sent not in (None, "", [], {}) and not isinstance(sent, str)):
            return Message(show(sent))
    return None


def visible_differs(template: str, text: str) -> bool:
    """Whether the template says more than the text made from it."""
    return template.strip() != text.strip()


def formatted(template: object, params: object) -> str:
    """`template` with `params` in the places of `%s`, `%(name)s` and `{}`; unchanged when they do not fit."""
    text = string(template)[:LONGEST]
    named = mapping(params)
    listed = list(params) if isinstance(params, list) else []
    if not text or not (named or listed):
        return text
    place = 0

    def put(match: re.Match[str]) -> str:
        nonlocal place
        if match[0] == "%%":
            return "%"
        name = match["named"] or match["braced"] or ""
        if name and not name.isdigit():
            return scalar(named[name])[:LONGEST]
        index = int(name) if name.isdigit() else place
        place += 1
        return scalar(listed[index])[:LONGEST]

    try:
        return _PLACE.sub(put, text)[: 2 * LONGEST]
    except (LookupError, ValueError):
        return text
