"""An attachment's bytes as an answer: streamed, and with nothing in them that a browser would run."""

from __future__ import annotations

from django.http import FileResponse

from issues import files
from issues.models import Attachment
from issues.record import media


class Gone(LookupError):
    """The row is there, its bytes are not."""


def answer(attachment: Attachment) -> FileResponse:
    """To save under its name; a raster image, told by its first bytes, may be shown. Raises Gone."""
    try:
        file = files.storage().open(attachment.file, "rb")
        head = file.read(16)
        file.seek(0)
    except FileNotFoundError:
        raise Gone(attachment.file) from None
    image = media.image_type(head)
    response = FileResponse(
        file, as_attachment=image is None, filename=attachment.name, content_type=image or media.BINARY
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    # What is stored under an id never changes; who may see it does.
    response["Cache-Control"] = "private, max-age=600"
    return response


def readable_text(attachment: Attachment) -> str | None:
    """The whole of a text of at most media.HEAD_BYTES; None when it is none, or longer. Raises Gone."""
    if attachment.size > media.HEAD_BYTES or not media.is_text(attachment.content_type):
        return None
    try:
        with files.storage().open(attachment.file, "rb") as file:
            data = file.read(media.HEAD_BYTES + 1)
    except FileNotFoundError:
        raise Gone(attachment.file) from None
    return media.text(data)
