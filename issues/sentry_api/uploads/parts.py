"""The files of a multipart request, each in a file on disk as long as the request is worked on; nothing of them in memory."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError

from accounts.access import Capability
from accounts.credentials import sender_may
from issues.artifacts.storage import StorageUnavailable
from rustrak.lib import problems
from rustrak.lib.http.view_limits import body_of_at_most

#: The most bytes of one request with pieces, without the form around them.
REQUEST_BYTES = 32 * 1024 * 1024
#: What the multipart form adds to its files, at most.
FORM_BYTES = 256 * 1024
#: The most bytes of a file that is sent whole.
FILE_BYTES = 128 * 1024 * 1024
_may_upload = sender_may(Capability.PROJECT_RELEASES)
#: Decorators of the views: what is large comes from those whose token is for uploads, and is on disk.
takes_chunks = body_of_at_most(REQUEST_BYTES + FORM_BYTES, _may_upload)
takes_a_file = body_of_at_most(FILE_BYTES + FORM_BYTES, _may_upload)


class _ToDisk(FileUploadHandler):
    """Writes each file to a file of its own in UPLOAD_DIR."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.paths: list[str] = []
        self._file: Any = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        directory = Path(settings.UPLOAD_DIR)
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Moved away when it is kept, so whoever made it deletes it: `received`.
        self._file = tempfile.NamedTemporaryFile(dir=directory, suffix=".part", delete=False)  # noqa: SIM115
        self.paths.append(self._file.name)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._file.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile[bytes]:
        self._file.seek(0)
        return UploadedFile(self._file, self.file_name, self.content_type, file_size, self.charset)

    def close(self) -> None:
        """Delete what was not moved away."""
        if self._file is not None:
            self._file.close()
        for path in self.paths:
            Path(path).unlink(missing_ok=True)


def client_of(request: HttpRequest) -> str:
    """The program that uploads, as it calls itself."""
    return request.headers.get("User-Agent", "").replace("\0", "")[:200]


@contextmanager
def received(request: HttpRequest) -> Iterator[list[tuple[str, UploadedFile[bytes], str]]]:
    """The files of a request: the name of the form's field, the file, and its path. They are deleted afterwards unless they were moved.

    Raises BadInput when there is none or the body is no multipart form, and StorageUnavailable when the disk is full.
    """
    handler = _ToDisk(request)
    request.upload_handlers = [handler]
    try:
        found = [(field, file) for field, files in _files(request) for file in files]
        if not found:
            raise problems.BadInput(
                "There is no file in the request: send multipart/form-data with a file, and a valid API token as `Authorization: Bearer …`."
            )
        yield [(field, file, path) for (field, file), path in zip(found, _paths(found), strict=True)]
    finally:
        for _, files in request.FILES.lists() if hasattr(request, "_files") else ():
            for file in files:
                file.close()
        handler.close()


def _paths(found: list[tuple[str, UploadedFile[bytes]]]) -> list[str]:
    return [os.fspath(file.file.name) for _, file in found]  # type: ignore[union-attr]


def _files(request: HttpRequest) -> list[tuple[str, list[Any]]]:
    try:
        return list(request.FILES.lists())
    except (MultiPartParserError, SuspiciousOperation) as error:
        raise problems.BadInput(f"The body is not a valid multipart form: {error}") from None
    except OSError as error:
        raise StorageUnavailable(
            f"The upload cannot be kept on this server: {error.strerror or error}."
        ) from error
