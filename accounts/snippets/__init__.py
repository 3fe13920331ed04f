"""How to set up each platform's SDK: what to install, paste and run, with the project's DSN in it.

The code follows the SDKs' public documentation, without features that Rustrak does not support. All of it sets a release
and an environment, in quotes where the DSN may be as well: PUBLIC_URL has no character that needs escaping in one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from accounts.snippets.browser import BROWSER
from accounts.snippets.dotnet import DOTNET
from accounts.snippets.full_stack import FULL_STACK
from accounts.snippets.games import GAMES
from accounts.snippets.jvm import JVM
from accounts.snippets.mobile import MOBILE
from accounts.snippets.native import NATIVE
from accounts.snippets.php import PHP
from accounts.snippets.python import PYTHON
from accounts.snippets.ruby import RUBY
from accounts.snippets.server_javascript import SERVER_JAVASCRIPT
from accounts.snippets.snippet import Snippet
from accounts.snippets.tools import TOOLS

GROUPS = (
    ("Python", PYTHON),
    ("JavaScript in browsers", BROWSER),
    ("JavaScript, browser and server", FULL_STACK),
    ("JavaScript on servers and desktops", SERVER_JAVASCRIPT),
    ("Mobile", MOBILE),
    ("PHP", PHP),
    ("Ruby", RUBY),
    ("Java and Kotlin", JVM),
    (".NET", DOTNET),
    ("Other languages", NATIVE),
    ("Games", GAMES),
    ("Scripts and tools", TOOLS),
)
# What SDKs call the platform of their events, where no snippet has that name.
_EVENT_PLATFORMS = {"cocoa": "apple", "csharp": "dotnet", "c": "native"}


def snippets(dsn: str) -> list[Snippet]:
    """The setup of every platform with `dsn`, in the order of the list on the page."""
    parts = urlsplit(dsn)
    prefix, _, project = parts.path.rpartition("/")
    base = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{prefix}"

    def fill(text: str) -> str:
        return text.replace("@DSN@", dsn).replace("@ENVELOPE_URL@", f"{base}/api/{project}/envelope/")

    return [
        replace(one, install=fill(one.install), init=fill(one.init), test=fill(one.test))
        for _, group in GROUPS
        for one in group
    ]


def choose(known: Sequence[Snippet], *wanted: str) -> Snippet:
    """The first of the `wanted` platforms, or platforms of events, that is in `known`; else the first of `known`."""
    by_platform = {snippet.platform: snippet for snippet in known}
    named = (by_platform.get(one) or by_platform.get(_EVENT_PLATFORMS.get(one, "")) for one in wanted)
    return next((snippet for snippet in named if snippet is not None), known[0])


def grouped(known: Sequence[Snippet], find: str = "") -> list[tuple[str, list[Snippet]]]:
    """The snippets in groups with their names. With `find`, those whose name or group has it, in any case of letters."""
    by_platform = {snippet.platform: snippet for snippet in known}
    wanted = find.lower()
    found = [
        (name, [by_platform[one.platform] for one in group if wanted in f"{name}\n{one.name}".lower()])
        for name, group in GROUPS
    ]
    return [(name, group) for name, group in found if group]


__all__ = ["Snippet", "choose", "grouped", "snippets"]
