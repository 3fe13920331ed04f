"""Reads the JSON that the edge itself needs: headers, reports of browsers, small documents. Pure.

Everything here takes time in proportion to the data and little more than orjson does. What SDKs send in events is
read by the digest, with all that rustrak.lib.tolerant_json tolerates.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

import orjson

# A surrogate in an escape; a pair of them, and an escaped backslash, match as a whole and are left as they are.
_SURROGATE = re.compile(
    rb"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)
# Numbers are not needed, and converting long ones takes quadratic time: their length stands for them.
_names = json.JSONDecoder(strict=False, parse_int=len, parse_float=len, parse_constant=len)


# Integers that orjson turns into floats have at least 19 digits; Python refuses those of more than about 4300.
_long_integer = re.compile(rb"[0-9]{19}").search
_MAX_DIGITS = 4000
# What Python's reader, which lets no other thread run, is given at most: a twentieth of a second.
_MAX_TOLERATED = 256 * 1024


class NotJson(ValueError):
    """The data is not JSON."""


def value(data: bytes) -> Any:
    """The JSON value in `data`. Bytes that are not UTF-8 and lone surrogates become U+FFFD. Raises NotJson."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        try:
            return orjson.loads(_repaired(data))
        except orjson.JSONDecodeError as error:
            raise NotJson(str(error)) from None


def parse(data: bytes) -> dict[str, Any] | None:
    """The JSON object in `data`, read as by `value`; None if it is not one."""
    try:
        found = value(data)
    except NotJson:
        return None
    return found if isinstance(found, dict) else None


def parse_exactly(data: bytes) -> dict[str, Any] | None:
    """As `parse`, with integers of any size as they were sent, and with text for numbers that a database cannot hold.

    Where there are such numbers it takes up to 200 ns per byte. None for an object that orjson cannot write, because it is
    nested more than 254 levels deep, and for one of more than 256 KiB with such numbers.
    """
    found = parse(data)
    if len(data) > _MAX_TOLERATED and (found is None or _long_integer(data)):
        return None
    try:
        if found is None:  # such as NaN; beside it, long integers become text, too
            found = _tolerant.decode(_repaired(data).decode())
            orjson.dumps(found)
        else:
            orjson.dumps(found)
            if _long_integer(data):
                found = _exact.decode(_repaired(data).decode())
    except (TypeError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _integer(text: str) -> int | str:
    return int(text) if len(text) <= _MAX_DIGITS else text


def _small_integer(text: str) -> int | str:
    return int(text) if len(text) < 19 else text


def _number(text: str) -> float | str:
    return found if math.isfinite(found := float(text)) else text


_exact = json.JSONDecoder(strict=False, parse_int=_integer, parse_float=_number, parse_constant=str)
_tolerant = json.JSONDecoder(strict=False, parse_int=_small_integer, parse_float=_number, parse_constant=str)


def texts(data: bytes) -> dict[str, str] | None:
    """The members of an object whose values are strings; None for another JSON value. Raises NotJson."""
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise NotJson(str(error)) from None
    return _texts(found)


def tolerated_texts(data: bytes) -> dict[str, str] | None:
    """As `texts`, also for NaN and all else that Python's own reader accepts; None for what is not JSON.

    It takes up to 200 ns per byte. Of an object that is nested too deeply for Python's reader it returns no members.
    """
    try:
        found = _names.decode(data.decode(json.detect_encoding(data), "replace"))
    except RecursionError:
        return {} if looks_like_object(data) else None
    except ValueError:
        return None
    return _texts(found)


def _texts(found: Any) -> dict[str, str] | None:
    if not isinstance(found, dict):
        return None
    return {name: member for name, member in found.items() if isinstance(member, str)}


def looks_like_object(data: bytes) -> bool:
    """Whether `data` starts like a JSON object: a cheap check of payloads that are parsed later."""
    return data[:1] == b"{" or data[:64].removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")[:1] == b"{"


def _repaired(data: bytes) -> bytes:
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").encode()
    return _SURROGATE.sub(lambda match: b"\\ufffd" if match[1] else match[0], text)
