"""Files of a release that are uploaded one by one."""

from __future__ import annotations
