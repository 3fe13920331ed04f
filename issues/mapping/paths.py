"""The path of a source file as people read it, from the name that a source map gives it. Pure.

`webpack://shop/./src/cart.ts?3fa2` is `src/cart.ts` to whoever wrote it. Source: docs/source-maps.md, "Names of sources".
"""

from __future__ import annotations

import re

from rustrak.lib import tolerant_json

#: In characters.
LONGEST = 500
# The name of the bundle that webpack and its like put in place of a host is no part of the path; a drive is.
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:(?://(?:@[^/]*/)?[^/]*)?/*", re.ASCII)
_FILE = re.compile(r"file:(?://[^/]*)?/*", re.ASCII | re.IGNORECASE)
_DRIVE = re.compile(r"[A-Za-z]:/", re.ASCII)
# What bundlers call the root of the project, and a path that leads there from the folder of the bundle.
# Next.js: the layer of a module, `(rsc)/./src/page.tsx`.
_ROOTS = re.compile(r"(?:\([\w-]{1,40}\)/(?=\./))?(?:(?:\.{1,2}|\[project\])/+)*")
# webpack: `?3fa2` tells versions of one file apart; Vue and Vite name parts of a file so: `Cart.vue?vue&type=script`.
_QUERY = re.compile(r"[?#].*", re.DOTALL)


def clean(text: str, longest: int) -> str:
    """The first `longest` characters of a text of an upload, without what no database stores."""
    return tolerant_json.cleaned(text[:longest].replace("\0", ""))


def readable(source: str) -> str:
    """The path of a source without what bundlers put around it; the source itself where nothing is left. At most LONGEST characters."""
    source = clean(source, 4 * LONGEST).strip()
    path = source.replace("\\", "/")
    if at := _FILE.match(path):
        rest = path[at.end() :]
        path = rest if _DRIVE.match(rest) else f"/{rest}"
    elif not _DRIVE.match(path) and (at := _SCHEME.match(path)):
        path = path[at.end() :]
    if at := _ROOTS.match(path):
        path = path[at.end() :]
    if path[:1] not in ("(", "[") and not path.startswith("external "):
        path = _QUERY.sub("", path)
    return (path.strip() or source)[:LONGEST]
