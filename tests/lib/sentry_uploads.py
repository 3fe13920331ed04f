"""Requests of Sentry's upload clients."""

from __future__ import annotations

from typing import Any

from django.test import Client

from accounts.models import ApiToken, User
from tests.lib.uploads import sha1

ADDRESS = "/api/0/organizations/o/chunk-upload/"


def bearer(user: User) -> dict[str, str]:
    """The header of a new token of the user."""
    return {"Authorization": f"Bearer {ApiToken.objects.issue(user)[1]}", "User-Agent": "sentry-cli/3.8.0"}


def form(*files: tuple[str, str, bytes], **fields: str) -> tuple[bytes, str]:
    """A multipart body of (field, filename, bytes), and its content type."""
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n\r\n'.encode()
        + data
        + b"\r\n"
        for field, name, data in files
    ]
    parts += [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    return b"".join(parts) + b"--b--\r\n", "multipart/form-data; boundary=b"


def post_chunks(client: Client, *data: bytes) -> Any:
    """Send pieces without compression."""
    return client.post(ADDRESS, *form(*(("file", sha1(each), each) for each in data)))
