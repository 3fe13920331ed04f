"""What clients upload to make events readable: chunks, bundles, release files, debug files; and finding them again."""

from __future__ import annotations
