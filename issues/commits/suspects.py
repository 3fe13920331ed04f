"""The commits of a release that touched the files of an event's own frames."""

from __future__ import annotations
