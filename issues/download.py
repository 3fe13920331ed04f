"""Serves an attachment's bytes, with headers that keep a browser from executing them."""

from __future__ import annotations

from django.http import FileResponse

from issues import files
from issues.models import Attachment
from issues.record import media


class FileMissing(LookupError):
    """The attachment has a row but no file in the storage."""


def answer(attachment: Attachment) -> FileResponse:
    """A streamed response: to be saved under the attachment's name, or shown when its bytes are a raster image.

    Raises FileMissing.
    """
    try:
        file = files.storage().open(attachment.file, "rb")
        head = file.read(16)
        file.seek(0)
    except FileNotFoundError:
        raise FileMissing(attachment.file) from None
    image = media.image_type(head)
    response = FileResponse(
        file, as_attachment=image is None, filename=attachment.name, content_type=image or media.BINARY
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def readable_text(attachment: Attachment) -> str | None:
    """The whole text of a text file of at most media.HEAD_BYTES bytes; None for any other file. Raises FileMissing."""
    if attachment.size > media.HEAD_BYTES or not media.is_text(attachment.content_type):
        return None
    try:
        with files.storage().open(attachment.file, "rb") as file:
            data = file.read(media.HEAD_BYTES + 1)
    except FileNotFoundError:
        raise FileMissing(attachment.file) from None
    return media.text(data)
