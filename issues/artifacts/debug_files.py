"""Debug files: what an upload is, and the artifacts in it."""

from __future__ import annotations
