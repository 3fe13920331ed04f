"""The crash dialog that `Sentry.showReportDialog()` loads as a script into somebody else's page. Pure.

dialog.js   a function of its options, with nothing of ours around it
dialog.css  goes into the dialog's shadow tree, so that neither styles the other
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
# The texts that a page may replace, as the SDKs document them.
TEXTS = {
    "title": "Something went wrong here",
    "subtitle": "The people who look after this site have been told.",
    "subtitle2": "To help them, tell what you were doing.",
    "labelName": "Name",
    "labelEmail": "E-mail",
    "labelComments": "What happened?",
    "labelClose": "Close",
    "labelSubmit": "Send report",
    "errorGeneric": "Your report could not be sent. Please try again.",
    "errorFormEntry": "Please fill in what is marked.",
    "successMessage": "Your report was sent. Thank you!",
}
# Inside a script, U+2028 and U+2029 once ended a line and `</script>` ends the script wherever it stands.
_UNSAFE = {
    b"<": b"\\u003c", b">": b"\\u003e", b"&": b"\\u0026",
    "\u2028".encode(): b"\\u2028", "\u2029".encode(): b"\\u2029",
}  # fmt: skip


def parameters(query: bytes) -> dict[str, str]:
    """The parameters of the dialog's address; of those sent twice the last. Raises BadEnvelope on too many."""
    try:
        return dict(parse_qsl(query.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=100))
    except ValueError:
        raise BadEnvelope("the query has too many fields") from None


def event_id(given: Mapping[str, str]) -> str:
    """The event that the dialog is about. Raises BadEnvelope."""
    found = ids.event_id(given.get("eventId"))
    if found is None:
        raise BadEnvelope("eventId must be the id of an event")
    return found


def project_in_dsn(dsn: str) -> str | None:
    """The project's number at the end of a DSN, without leading zeros; None when there is none."""
    try:
        number = urlsplit(dsn[:2048]).path.rstrip("/").rpartition("/")[2]
    except ValueError:
        return None
    return number.lstrip("0") if number.isascii() and number.isdigit() else None


def script(given: Mapping[str, str], address: str) -> bytes:
    """The script for these parameters, in UTF-8; `address` is where it sends the report if it cannot tell itself."""
    options = {
        "address": f"{address}?{urlencode({'dsn': given.get('dsn', ''), 'eventId': given.get('eventId', '')})}",
        "styles": _file("dialog.css").decode(),
        "texts": {name: (given.get(name) or text)[:MAX_TEXT] for name, text in TEXTS.items()},
        "name": given.get("name", "")[:MAX_TEXT],
        "email": given.get("email", "")[:MAX_TEXT],
    }
    return b"(%b)(%b);\n" % (_file("dialog.js").strip().removesuffix(b";"), escaped(options))


def escaped(value: object) -> bytes:
    """`value` as JSON that cannot leave the place in a script where it stands."""
    data = orjson.dumps(value)
    for character, replacement in _UNSAFE.items():
        data = data.replace(character, replacement)
    return data


@cache
def _file(name: str) -> bytes:
    return (Path(__file__).parent / name).read_bytes()
