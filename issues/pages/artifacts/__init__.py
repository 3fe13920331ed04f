"""Pages of what was uploaded, and why a frame is mapped or not."""

from __future__ import annotations
