"""The addresses of uploads."""

from __future__ import annotations

from issues.sentry_api.uploads import (
    assembling,
    bundle_list,
    chunk_upload,
    debug_file_list,
    release_file_list,
)

ROUTERS = (
    chunk_upload.router,
    assembling.router,
    debug_file_list.router,
    bundle_list.router,
    release_file_list.router,
)
