"""The addresses of uploads, and how large their bodies may be."""

from __future__ import annotations

from collections.abc import Mapping

from accounts.credentials import has_token
from issues.sentry_api.uploads import (
    assembling,
    bundle_list,
    chunk_upload,
    debug_file_list,
    parts,
    release_file_list,
)
from rustrak.lib.http.view_limits import BodyLimit

ROUTERS = (
    chunk_upload.router,
    assembling.router,
    debug_file_list.router,
    bundle_list.router,
    release_file_list.router,
)
#: The most bytes of a file that is sent whole.
FILE_BYTES = 128 * 1024 * 1024
_CHUNKS = BodyLimit(chunk_upload.REQUEST_BYTES + parts.FORM_BYTES, has_token)
_FILE = BodyLimit(FILE_BYTES + parts.FORM_BYTES, has_token)
_JSON = BodyLimit(assembling.BODY_BYTES)
_PROJECT, _ORGANIZATION = "projects/<organization>/<project>", "organizations/<organization>"
#: By the route of a view, which has a slash at its end.
BODIES: Mapping[str, BodyLimit] = {
    f"api/0/{_ORGANIZATION}/chunk-upload/": _CHUNKS,
    f"api/0/{_ORGANIZATION}/artifactbundle/assemble/": _JSON,
    f"api/0/{_ORGANIZATION}/releases/<path:version>/assemble/": _JSON,
    f"api/0/{_PROJECT}/files/difs/assemble/": _JSON,
    f"api/0/{_PROJECT}/files/dsyms/": _FILE,
    f"api/0/{_PROJECT}/files/dsyms/unknown/": _JSON,
    f"api/0/{_PROJECT}/releases/<path:version>/files/": _FILE,
    f"api/0/{_ORGANIZATION}/releases/<path:version>/files/": _FILE,
}
