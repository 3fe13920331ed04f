"""Reads what people and programs enter for a channel, by the fields of its kind. Pure, but for what a kind checks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from issues.alerts.channel import Field, Kind
from issues.alerts.stored_channels.masking import UNREADABLE, masked
from rustrak.lib.text.visible_text import has_text
from rustrak.outbound.client import Refused, check_url

NAME_LENGTH = 100
# In lines a line feed and a tab may stand.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_CONTROL_IN_LINES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# Longer texts are not looked at.
_LONGEST = 100_000


class Invalid(Exception):
    """What was entered cannot be used. `errors`: what is wrong, by the name of a field, or `name` or `kind`."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {text}" for name, text in errors.items()))
        self.errors = dict(errors)


def read_name(name: object) -> str:
    """The name of a channel. Raises ValueError."""
    if not isinstance(name, str):
        raise ValueError("must be text")
    name = name.strip()
    if not name[:_LONGEST] or not has_text(name):
        raise ValueError("is required")
    if len(name) > NAME_LENGTH:
        raise ValueError(f"must have at most {NAME_LENGTH} characters")
    if _CONTROL.search(name):
        raise ValueError("must be one line without control characters")
    return name


def read(
    kind: Kind, values: Mapping[str, object], known: Mapping[str, str] | None, options: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """The options and the secrets of a channel: its values by the names of the kind's fields. Raises Invalid.

    `known` are the secrets that are stored, None if they cannot be read, and `options` the other stored values; both
    are empty for a new channel. A field that is not in `values` keeps its value. So does a secret whose value is blank
    or what is shown of it; None removes it.
    """
    errors = {
        name: f"is not a field of this kind; its fields are {', '.join(field.name for field in kind.fields)}"
        for name in values
        if name not in {field.name for field in kind.fields}
    }
    before = {**options, **(known or {})}
    read_values: dict[str, str] = {}
    kept: list[Field] = []
    for field in kind.fields:
        entered = values.get(field.name, "" if field.secret else before.get(field.name, ""))
        try:
            text = _text(field, entered)
            if field.secret and entered is not None and _is_unchanged(text, before.get(field.name, "")):
                text = before.get(field.name, "")
                kept += [field] if text else []
            else:
                _check(field, text)
            if not text and field.type == "choice" and field.choices:
                text = field.choices[0][0]
            if not text and field.required:
                raise ValueError("is required" if known is not None else "must be entered again")
            read_values[field.name] = text
        except ValueError as error:
            errors[field.name] = str(error)
    if not errors:
        errors |= _moved(kind, before, read_values, kept)
    if not errors:
        errors |= kind.check(read_values)
    if errors:
        raise Invalid(errors)
    secret = {field.name for field in kind.fields if field.secret}
    given = {name: text for name, text in read_values.items() if text}
    return (
        {name: text for name, text in given.items() if name not in secret},
        {name: text for name, text in given.items() if name in secret},
    )


def _text(field: Field, entered: object) -> str:
    if entered is None:
        return ""
    if not isinstance(entered, str):
        raise ValueError("must be text")
    if len(entered) > _LONGEST:
        raise ValueError(f"must have at most {field.max_length} characters")
    return entered.replace("\r\n", "\n").replace("\r", "\n").strip()


def _is_unchanged(text: str, before: str) -> bool:
    return text in ("", UNREADABLE) or (before != "" and text == masked(before))


def _check(field: Field, text: str) -> None:
    """Raise ValueError for a text that does not fit its field. None of the messages repeats it: it may be secret."""
    if len(text) > field.max_length:
        raise ValueError(f"must have at most {field.max_length} characters")
    if (_CONTROL_IN_LINES if field.type == "lines" else _CONTROL).search(text):
        raise ValueError(
            "must have no control characters"
            if field.type == "lines"
            else "must be one line without control characters"
        )
    if not text:
        return
    if field.type == "url":
        try:
            check_url(text)
        except Refused as refused:
            raise ValueError(str(refused)) from None
    elif field.type == "email":
        try:
            validate_email(text)
        except ValidationError:
            raise ValueError("is not an e-mail address") from None
    elif field.type == "choice" and text not in {value for value, _ in field.choices}:
        raise ValueError(f"must be one of {', '.join(value for value, _ in field.choices)}")


def _moved(
    kind: Kind, before: Mapping[str, str], now: Mapping[str, str], kept: list[Field]
) -> dict[str, str]:
    """An error for each secret that would go to another server: who changes the address need not know the secrets."""
    moved = [
        field.name
        for field in kind.fields
        # Also from none, which stands for the service's own server.
        if field.type == "url" and _host(before.get(field.name, "")) != _host(now[field.name])
    ]
    return {
        field.name: "must be entered again, because the address is that of another server"
        for field in kept
        if moved and field.type != "url"
    }


def _host(url: str) -> str:
    with suppress(ValueError):
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.netloc}".lower()
    return ""
