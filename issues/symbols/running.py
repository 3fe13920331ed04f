"""Which child runs on this machine, and starting one."""

from __future__ import annotations
