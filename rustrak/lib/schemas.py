"""Building blocks for schemas of the JSON API: texts, times, lists."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Generic, Self, TypeVar

from django.db import models
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationInfo,
    WithJsonSchema,
)

from rustrak.lib import clock
from rustrak.lib.api import bound_cursor
from rustrak.lib.keyset import Page

Item = TypeVar("Item")
Row = TypeVar("Row", bound=models.Model)

Moment = Annotated[
    datetime,
    PlainSerializer(clock.rfc3339),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-11-23T19:04:11.123456Z"]}),
]


def _storable(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not contain a NUL character")
    return text


# Text from a client. PostgreSQL cannot store a NUL.
Text = Annotated[str, AfterValidator(_storable)]


def _digits(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{1,9}", value):
        raise ValueError("must be a whole number")
    return value


# A number in a query is written in digits. It stands after the number's limits, which the description then names.
IN_DIGITS = BeforeValidator(_digits)
WholeNumber = Annotated[int, IN_DIGITS]


def example(body: dict[str, Any]) -> ConfigDict:
    """The `model_config` of an Input with an example of its JSON, for the description of the API."""
    return ConfigDict(json_schema_extra={"examples": [body]})


class Input(BaseModel):
    """A JSON object from a client. Strict: `"1"` is not a number, `1` is not a boolean. Unknown keys are ignored."""

    model_config = ConfigDict(strict=True, frozen=True)


class Output(BaseModel):
    """A JSON object for a client, built from valid values."""

    model_config = ConfigDict(frozen=True)


def _unbound(cursor: str | None, about: ValidationInfo) -> str | None:
    return bound_cursor.unbind(cursor, about.context["request"]) if cursor and about.context else cursor


# What JsonApi made of a list's next_cursor, back in the form that rustrak.lib.keyset reads. BadCursor is a ValueError.
Cursor = Annotated[str | None, AfterValidator(_unbound)]


class Paging(BaseModel):
    """Which page of a list: `cursor` is the `next_cursor` of the previous page."""

    cursor: Cursor = None
    limit: Annotated[int, Field(ge=1, le=100), IN_DIGITS] = 20


class Listing(BaseModel, Generic[Item]):
    """One page of a list. `next_cursor` is null on the last page."""

    items: list[Item]
    next_cursor: str | None
    has_more: bool

    @classmethod
    def of(cls, page: Page[Row], convert: Callable[[Row], Item]) -> Self:
        """`page` with each row converted by `convert`."""
        return cls(
            items=[convert(row) for row in page.items], next_cursor=page.next_cursor, has_more=page.has_more
        )
