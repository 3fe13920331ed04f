"""What kind of file an attachment is, in words, and its text for a preview."""

from __future__ import annotations

import json

from issues.render.values import visible
from rustrak.lib import tolerant_json

# In characters: indented, JSON is longer than it was sent.
_LONGEST = 200_000

_encoder = json.JSONEncoder(indent=2, ensure_ascii=False)
_KINDS = {
    "event.minidump": "Minidump",
    "event.view_hierarchy": "View hierarchy",
    "event.applecrashreport": "Apple crash report",
    "event.payload": "Event payload",
    "event.breadcrumbs": "Breadcrumbs",
    "unreal.context": "Unreal context",
    "unreal.logs": "Unreal log",
    "playstation.prosperodump": "PlayStation dump",
    "nswitch.dying_message": "Nintendo Switch dying message",
    "event.nv_gpudmp": "GPU dump",
    "event.nv_shader_debug": "Shader debug information",
}
_TYPES = {
    "application/json": "JSON",
    "application/xml": "XML",
    "text/xml": "XML",
    "text/plain": "Text",
    "text/csv": "CSV",
    "text/html": "HTML",
    "application/pdf": "PDF",
    "application/zip": "ZIP archive",
    "application/gzip": "Gzip archive",
}


def in_words(kind: str, content_type: str, name: str) -> str:
    """`Minidump`, `Screenshot`, `Text`: by `kind`, the protocol's attachment_type, else by the media type."""
    if kind in _KINDS:
        return _KINDS[kind]
    main, _, subtype = content_type.partition("/")
    if main == "image":
        return "Screenshot" if "screenshot" in name.lower() else f"{subtype.upper()} image"
    if content_type in _TYPES:
        return _TYPES[content_type]
    return {"text": "Text", "video": "Video", "audio": "Audio"}.get(main, "File")


def readable(text: str, content_type: str) -> str:
    """`text` with invisible characters made visible; JSON is indented."""
    if content_type.endswith("json"):
        try:
            value, _ = tolerant_json.loads(text.encode())
        except tolerant_json.NotJson:
            return visible(text)
        if (indented := _indented(value)) is not None:
            return visible(indented)
    return visible(text)


def _indented(value: object) -> str | None:
    """The JSON of `value`; None when it is longer than _LONGEST, as what is deeply nested soon is."""
    parts: list[str] = []
    length = 0
    for part in _encoder.iterencode(value):
        parts.append(part)
        length += len(part)
        if length > _LONGEST:
            return None
    return "".join(parts)
