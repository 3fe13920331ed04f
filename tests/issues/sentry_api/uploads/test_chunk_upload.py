"""issues/sentry_api/uploads/chunk_upload.py: pieces over HTTP"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client

from accounts.models import Project, User
from issues.artifacts import chunks
from issues.models import UploadChunk
from tests.lib.asgi_client import Client as AsgiClient
from tests.lib.remote_storage import Elsewhere
from tests.lib.sentry_uploads import ADDRESS, bearer, form, post_chunks
from tests.lib.uploads import sha1

pytestmark = pytest.mark.django_db


def test_the_options_name_the_public_address_and_artifact_bundles(bo: User) -> None:
    answer = Client(headers=bearer(bo)).get(ADDRESS).json()
    assert answer["url"] == f"{django_settings.PUBLIC_URL}{ADDRESS}"
    assert {"release_files", "artifact_bundles", "artifact_bundles_v2", "proguard"} <= set(answer["accept"])
    assert (answer["chunkSize"], answer["hashAlgorithm"], answer["compression"]) == (
        8 << 20,
        "sha1",
        ["gzip"],
    )
    # A request with as many pieces as fit is taken.
    assert answer["chunkSize"] <= answer["maxRequestSize"]


def test_pieces_arrive_compressed_or_not(bo: User, stored: Path) -> None:
    client = Client(headers=bearer(bo))
    assert post_chunks(client, b"one", b"two").status_code == 200
    three = form(("file_gzip", sha1(b"three"), gzip.compress(b"three")), ("file", sha1(b"four"), b"four"))
    answer = client.post(ADDRESS, *three)
    assert (answer.status_code, answer.json()) == (200, {})
    assert UploadChunk.objects.filter(user=bo).count() == 4
    assert left_behind() == []


def left_behind() -> list[str]:
    return [path.name for path in Path(django_settings.UPLOAD_DIR).glob("*.part")]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (form(("file", "0" * 40, b"changed")), "has the SHA-1"),
        (form(("file", "name.txt", b"x")), "must be its SHA-1"),
        (form(("other", sha1(b"x"), b"x")), "in the fields"),
        (form(*[("file", sha1(b"x"), b"x")] * 65), "64 chunks at most"),
        (form(*[("file", sha1(b"x"), b"x")] * 101), "multipart"),
        (form(), "no file"),
        ((b"--b\r\nnothing", "multipart/form-data; boundary=b"), "no file"),
        ((b"x", "multipart/form-data"), "multipart"),
        ((b"{}", "application/json"), "no file"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_its_reason(
    bo: User, stored: Path, body: tuple[bytes, str], why: str
) -> None:
    answer = Client(headers=bearer(bo)).post(ADDRESS, *body)
    assert answer.status_code == 400
    assert why in answer.json()["detail"]
    assert (UploadChunk.objects.count(), left_behind()) == (0, [])


def test_clients_try_again_while_the_storage_is_away_or_full(
    bo: User, elsewhere: type[Elsewhere], settings: Any
) -> None:
    client = Client(headers=bearer(bo))
    elsewhere.down = RuntimeError("no bucket")
    answer = post_chunks(client, b"one")
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    elsewhere.down = None
    settings.MIN_FREE_BYTES = 2**60
    assert post_chunks(client, b"one").status_code == 503
    settings.MIN_FREE_BYTES = 0
    assert post_chunks(client, b"one").status_code == 200


def test_somebody_with_too_many_pieces_has_to_wait(
    bo: User, stored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "MOST_CHUNKS", 1)
    answer = post_chunks(Client(headers=bearer(bo)), b"one", b"two")
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")


@pytest.mark.django_db(transaction=True)  # threads of pages look for the token
def test_a_large_body_goes_to_disk_for_those_who_have_a_token(shop: Project, bo: User, stored: Path) -> None:
    data = bytes(range(256)) * 1000
    body, content_type = form(("file", sha1(data), data))
    for header, status in ((bearer(bo)["Authorization"], 200), ("Bearer " + "0" * 40, 401), ("", 401)):
        headers = [(b"content-type", content_type.encode()), (b"content-length", b"%d" % len(body))]
        headers.append((b"authorization", header.encode()))
        parts = [body[start : start + 60_000] for start in range(0, len(body), 60_000)]
        answer = AsgiClient().call(ADDRESS, *parts, method="POST", headers=headers)
        assert answer.status == status, answer.body
        assert (b"detail" in answer.body) == (status != 200)
    assert UploadChunk.objects.count() == 1
    too_long = [
        (b"content-length", b"%d" % (40 << 20)),
        (b"authorization", bearer(bo)["Authorization"].encode()),
    ]
    refused = AsgiClient().call(ADDRESS, b"x", method="POST", headers=too_long)
    assert (refused.status, b'"detail"' in refused.body) == (413, True)
