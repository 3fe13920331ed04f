"""What of a request's headers goes into records: short texts that every database can store. Pure.

Everything that is passed on with an item, and is not its payload, goes through here: values from the headers of
envelopes, items, forms and HTTP. They are read into rows as they are, so none may have a NUL or a lone surrogate.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

#: The longest file name and content type of an attachment, in characters.
MAX_TEXT = 1024
_MAX_NAME = 128
_MAX_TIME = 64

_unstorable = re.compile("[\x00\ud800-\udfff]")


def text(value: object, most: int) -> str:
    """The first `most` characters of a string, with U+FFFD for what cannot be stored; empty for any other value."""
    if not isinstance(value, str):
        return ""
    if len(value) > most:
        value = value[:most]
    if value.isascii() and "\0" not in value:
        return value
    return _unstorable.sub("\ufffd", value)


def header(value: bytes, most: int) -> str:
    """The first `most` characters of an HTTP header's value."""
    return text(value[:most].decode("latin-1"), most)


def sent_at(value: object) -> str | None:
    """`sent_at` of an envelope's header; None if it cannot be a time."""
    return text(value, _MAX_TIME) if isinstance(value, str) and len(value) <= _MAX_TIME else None


def sdk(value: object) -> dict[str, Any] | None:
    """`sdk` of an envelope's header, with the members that are used: `name`, `version` and `settings.infer_ip`.

    None if it has none of them.
    """
    if not isinstance(value, dict):
        return None
    found: dict[str, Any] = {}
    if name := text(value.get("name"), _MAX_NAME):
        found["name"] = name
    if version := text(value.get("version"), _MAX_NAME):
        found["version"] = version
    settings = value.get("settings")
    if isinstance(settings, dict) and (infer := text(settings.get("infer_ip"), _MAX_NAME)):
        found["settings"] = {"infer_ip": infer}
    return found or None


def attachment(
    id: str, filename: object, content_type: object, attachment_type: object = "event.attachment"
) -> dict[str, str]:
    """The `meta` of an attachment's record. `id` is the attachment's own, 32 hex digits."""
    return {
        "id": id,
        "filename": text(filename, MAX_TEXT),
        "content_type": text(content_type, MAX_TEXT),
        "attachment_type": text(attachment_type, MAX_TEXT),
    }


def item_headers(value: Mapping[str, Any]) -> dict[str, str]:
    """Those headers of an envelope's item that `attachment` needs, so that the others need not be kept."""
    return {name: text(value.get(name), MAX_TEXT) for name in ("filename", "content_type", "attachment_type")}
