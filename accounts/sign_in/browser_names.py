"""What people call a browser, from its User-Agent header. Pure."""

from __future__ import annotations

_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl"), ("python", "Python"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)  # fmt: skip


def browser_name(header: str) -> str:
    """`Firefox on Linux`; an unknown browser as it calls itself, cut; `Unknown browser` for an empty header."""
    browser = next((name for mark, name in _BROWSERS if mark.lower() in header.lower()), "")
    system = next((name for mark, name in _SYSTEMS if mark in header), "")
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or header[:60] or "Unknown browser"
