"""What clients upload to make events readable: source maps, minified sources, debug files."""

from __future__ import annotations

from issues.models.artifacts.artifact import Artifact
from issues.models.artifacts.chunk import UploadChunk
from issues.models.artifacts.fetch import MapFetch, MapOrigin
from issues.models.artifacts.remapping import Remapping
from issues.models.artifacts.stored_file import StoredFile
from issues.models.artifacts.upload import Upload

__all__ = ["Artifact", "MapFetch", "MapOrigin", "Remapping", "StoredFile", "Upload", "UploadChunk"]
