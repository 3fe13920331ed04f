"""The name, kind and media type of a file: nothing that an SDK says about them is trusted. Pure."""

from __future__ import annotations

import codecs
import re
import unicodedata

NAME_LENGTH = 255
# Only this much of a file is examined; pages show a text only when it is not longer.
HEAD_BYTES = 64 * 1024
PLAIN_KIND = "event.attachment"
BINARY = "application/octet-stream"

_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,62}/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}")
_KIND = re.compile(r"(?=.{1,64}\Z)[a-z0-9_]+(\.[a-z0-9_]+)*")
_TEXTUAL = re.compile(r"text/.*|application/(.*\+)?(json|xml|yaml|x-ndjson|javascript|toml|sql)")
_RASTER = {"image/png", "image/jpeg", "image/gif", "image/webp"}


def name(sent: object) -> str:
    """A safe file name of 1 to 255 characters: without directories and without invisible or reordering characters."""
    text = sent[-8 * NAME_LENGTH :] if isinstance(sent, str) else ""
    text = re.split(r"[/\\]", text.rstrip("/\\ "))[-1]
    text = "".join("_" if unicodedata.category(char) in _UNSAFE else char for char in text).strip()
    if not text.strip("._ "):
        return "attachment"
    if len(text) > NAME_LENGTH:
        stem, dot, extension = text.rpartition(".")
        keep = dot + extension if stem and len(extension) <= 16 else ""
        text = text[: NAME_LENGTH - len(keep)] + keep
    return text


def kind(sent: object) -> str:
    """The protocol's attachment_type, such as event.minidump; PLAIN_KIND when it is not well-formed."""
    return sent if isinstance(sent, str) and _KIND.fullmatch(sent) else PLAIN_KIND


def image_type(head: bytes) -> str | None:
    """The media type of a raster image that browsers show safely, by its first bytes; None for anything else."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    return None


def text(head: bytes, *, whole: bool = True) -> str | None:
    """`head` as text; None when it is binary. When it is not the `whole` file it may end within a character."""
    encoding = "utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        decoded = codecs.getincrementaldecoder(encoding)().decode(head, final=whole)
    except UnicodeDecodeError:
        return None
    return None if re.search("[\x00-\x06\x0e-\x1a\x1c-\x1f]", decoded) else decoded


def media_type(sent: object, head: bytes, *, whole: bool) -> str:
    """The media type of a file: as its first bytes show it, else as the SDK says it, without parameters.

    A type of an image or a text is only believed when the bytes are an image or a text. `whole`: `head` is all of it.
    """
    claimed = sent.partition(";")[0].strip().lower() if isinstance(sent, str) else ""
    if not _MEDIA_TYPE.fullmatch(claimed):
        claimed = ""
    if image := image_type(head):
        return image
    if claimed in _RASTER:
        return BINARY
    readable = bool(head) and text(head, whole=whole) is not None
    if is_text(claimed):
        return claimed if readable or not head else BINARY
    return "text/plain" if readable and claimed in ("", BINARY) else claimed or BINARY


def is_text(media_type: str) -> bool:
    """Whether files of this type are text."""
    return _TEXTUAL.fullmatch(media_type) is not None


def is_raster(media_type: str) -> bool:
    """Whether this is one of the types that `image_type` recognizes."""
    return media_type in _RASTER
