"""Cursors of the JSON API, bound to the request that they were given to.

A cursor is a place in a list. Signed together with the person, the address and the parameters of the list, it leads nowhere
in the list of another person or project, nor in the same list with other filters, and nobody can make one up.
"""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64encode

from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from rustrak.lib.cursor import BadCursor

# 16 bytes in base64.
_MARK = 22
_MOST = 4096
# What may differ between two pages of a list.
_FREE = frozenset({"cursor", "limit"})


def bind(cursor: str, request: HttpRequest) -> str:
    """`cursor` as it is shown to a client: letters, digits, `-` and `_`."""
    return _mark(cursor, request) + cursor


def unbind(text: str, request: HttpRequest) -> str:
    """The cursor that `bind` was given for a request like this one. Raises BadCursor for every other text."""
    mark, cursor = text[:_MARK], text[_MARK:]
    if len(text) > _MOST or not text.isascii() or not hmac.compare_digest(mark, _mark(cursor, request)):
        raise BadCursor("does not belong to this list")
    return cursor


def _mark(cursor: str, request: HttpRequest) -> str:
    asked = sorted((name, values) for name, values in request.GET.lists() if name not in _FREE)
    person = getattr(request, "user", None)
    scope = [getattr(person, "pk", None), request.path_info.rstrip("/"), asked, cursor]
    signed = salted_hmac("rustrak.lib.api.bound_cursor", json.dumps(scope), algorithm="sha256")
    return urlsafe_b64encode(signed.digest()[:16]).decode().rstrip("=")
