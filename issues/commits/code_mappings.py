"""Where a frame's code is in a repository, and the link to it."""

from __future__ import annotations
