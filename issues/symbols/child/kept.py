"""What the child keeps of files that it has read: bounded in bytes."""

from __future__ import annotations
