"""What a token may do that is for one project. Pure.

`Project.objects.visible_to` shows that project only. What is about the installation, other people or the user's own account does not
ask for projects, so it is not open to such a token at all.
"""

from __future__ import annotations

import re

_OPEN = re.compile(
    r"/+(?:api/0(?:/.*)?|api/projects/[0-9]+(?:/.*)?|api/issues/*|auth/me/*)", re.DOTALL | re.ASCII
)
_READ = re.compile(r"/+api/(?:projects|openapi\.json)/*", re.ASCII)


def may_ask(method: str, path: str) -> bool:
    """Whether a token that is for one project may ask at `path`."""
    if _OPEN.fullmatch(path):
        return True
    return method in {"GET", "HEAD"} and _READ.fullmatch(path) is not None
