"""The crash dialog that `Sentry.showReportDialog()` loads as a script into a page of another site. Pure.

dialog.js   a function of the options below; it depends on nothing else
dialog.css  is put into the dialog's shadow tree, so that the page and the dialog do not style each other
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import orjson

from ingest.edge.errors import BadEnvelope
from rustrak.lib import ids

MAX_TEXT = 1000
# The texts of the dialog. A page may replace each, with an option that the SDKs document.
TEXTS = {
    "title": "Something went wrong here",
    "subtitle": "The people who run this site have been notified.",
    "subtitle2": "To help them, describe what you were doing.",
    "labelName": "Name",
    "labelEmail": "E-mail",
    "labelComments": "What happened?",
    "labelClose": "Close",
    "labelSubmit": "Send report",
    "errorGeneric": "Your report could not be sent. Please try again.",
    "errorFormEntry": "Please fill in the marked fields.",
    "successMessage": "Your report was sent. Thank you!",
}
# `</script>` ends a script wherever it occurs in it, and U+2028 and U+2029 end a line for old browsers.
_UNSAFE = {
    b"<": b"\\u003c", b">": b"\\u003e", b"&": b"\\u0026",
    "\u2028".encode(): b"\\u2028", "\u2029".encode(): b"\\u2029",
}  # fmt: skip


def parameters(query: bytes) -> dict[str, str]:
    """The parameters in a query string or a form; the last one if a name is repeated.

    Raises BadEnvelope if there are more than 100.
    """
    try:
        return dict(parse_qsl(query.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=100))
    except ValueError:
        raise BadEnvelope("the query has too many parameters") from None


def event_id(given: Mapping[str, str]) -> str:
    """The id of the event that the dialog is for. Raises BadEnvelope."""
    found = ids.event_id(given.get("eventId"))
    if found is None:
        raise BadEnvelope("eventId must be the id of an event")
    return found


def project_in_dsn(dsn: str) -> str | None:
    """The project's number at the end of a DSN, without leading zeros; None if there is none."""
    try:
        number = urlsplit(dsn[:2048]).path.rstrip("/").rpartition("/")[2]
    except ValueError:
        return None
    return number.lstrip("0") if number.isascii() and number.isdigit() else None


def script(given: Mapping[str, str], address: str) -> bytes:
    """The script for these parameters, in UTF-8. `address` is the URL to send the report to if the script cannot
    determine its own."""
    options = {
        "address": f"{address}?{urlencode({'dsn': given.get('dsn', ''), 'eventId': given.get('eventId', '')})}",
        "styles": _file("dialog.css").decode(),
        "texts": {name: (given.get(name) or text)[:MAX_TEXT] for name, text in TEXTS.items()},
        "name": given.get("name", "")[:MAX_TEXT],
        "email": given.get("email", "")[:MAX_TEXT],
    }
    return b"(%b)(%b);\n" % (_file("dialog.js").strip().removesuffix(b";"), escaped(options))


def apology(status: int, detail: str) -> bytes:
    """The script for a dialog that cannot be shown: it writes the reason to the console, in UTF-8."""
    hint = ""
    if status == 400:
        hint = " Pass the id that Sentry.captureException() returned: Sentry.showReportDialog({ eventId })."
    if status == 401:
        hint = " Check the dsn that the SDK was started with."
    text = f"The crash dialog cannot be shown: {detail} (status {status}).{hint}"
    return b'"use strict";console.error(%b);\n' % escaped(text[:MAX_TEXT])


def escaped(value: object) -> bytes:
    """`value` as JSON that is safe inside a script element."""
    data = orjson.dumps(value)
    for character, replacement in _UNSAFE.items():
        data = data.replace(character, replacement)
    return data


@cache
def _file(name: str) -> bytes:
    return (Path(__file__).parent / name).read_bytes()
