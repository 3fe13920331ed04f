"""Pieces of uploads, and what clients are told about how to send them. Source: docs/sentry-api.md, "Uploads"."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from ninja import Router

from accounts.access import Capability, SignedInRequest
from accounts.credentials import needs
from issues.artifacts import chunks
from issues.artifacts.chunks import Part
from issues.sentry_api.uploads import parts
from issues.sentry_api.uploads.refusals import told

# How many requests a client sends at once.
_CONCURRENCY = 8
_FIELDS = {"file": False, "file_gzip": True}
# What sentry-cli 2 needs of this to send artifact bundles, and what else it may upload in pieces.
_ACCEPT = (
    "debug_files", "release_files", "pdbs", "sources", "bcsymbolmaps", "il2cpp", "portablepdbs", "artifact_bundles", "artifact_bundles_v2",
    "proguard", "dartsymbolmap",
)  # fmt: skip

router = Router(auth=needs(Capability.PROJECT_RELEASES, Capability.PROJECT_RELEASES))


@router.get(
    "/api/0/organizations/{organization}/chunk-upload",
    summary="sourcemaps upload, debug-files upload, build plugins",
)
def chunk_upload_options(request: SignedInRequest, organization: str) -> dict[str, Any]:
    """How to send pieces. The organization in `url` is the one that was asked for."""
    return {
        "url": f"{settings.PUBLIC_URL}/api/0/organizations/{organization}/chunk-upload/",
        "chunkSize": chunks.CHUNK_BYTES,
        "chunksPerRequest": chunks.CHUNKS_PER_REQUEST,
        "maxFileSize": settings.MAX_UPLOAD_BYTES,
        "maxRequestSize": parts.REQUEST_BYTES,
        "maxWait": 300,
        "concurrency": _CONCURRENCY,
        "hashAlgorithm": "sha1",
        "compression": ["gzip"],
        "accept": list(_ACCEPT),
    }


@router.post(
    "/api/0/organizations/{organization}/chunk-upload",
    summary="sourcemaps upload, debug-files upload, build plugins",
)
@parts.takes_chunks
def chunk_upload(request: SignedInRequest, organization: str) -> dict[str, Any]:
    """Keep pieces: files of a multipart form, whose names are their SHA-1 without compression. In the field `file_gzip` they are compressed,
    in `file` not."""
    with told(), parts.received(request) as found:
        if len(found) > chunks.CHUNKS_PER_REQUEST:
            raise chunks.BadChunk(f"A request may have {chunks.CHUNKS_PER_REQUEST} chunks at most.")
        if wrong := next((field for field, _, _ in found if field not in _FIELDS), ""):
            raise chunks.BadChunk(f"Chunks come in the fields `file` and `file_gzip`, not in {wrong[:40]!r}.")
        chunks.receive(
            request.user, [Part(file.name or "", path, _FIELDS[field]) for field, file, path in found]
        )
    return {}
