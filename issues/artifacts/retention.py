"""Which uploads are deleted: long unused, too many, or chunks that nobody assembled."""

from __future__ import annotations
