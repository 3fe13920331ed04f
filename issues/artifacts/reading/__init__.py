"""What the readers of uploads share: zip files, scripts and maps, and what these say of themselves."""

from __future__ import annotations
