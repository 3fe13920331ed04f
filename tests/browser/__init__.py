"""Chromium, driven by Playwright: the installed one, never a download."""

from __future__ import annotations

import os
import shutil

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def executable() -> str | None:
    """The Chromium to drive, or None: RUSTRAK_TEST_CHROMIUM, else the first found on the path."""
    names = (os.environ.get("RUSTRAK_TEST_CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if name and (path := shutil.which(name))), None)
