"""A message through apprise, whose requests are sent by rustrak.outbound.

apprise takes 12 MiB and more, so it is imported when the first message is sent.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from issues.alerts.channel import Failed, Send, Sent
from issues.alerts.channels import refusals
from issues.alerts.channels.apprise import schemes

_NOTHING_SENT = (
    "The service could not be asked: a part of the address is missing or wrong. https://appriseit.com/services/ says what "
    "it needs."
)


def check(url: str) -> str:
    """What is wrong with an address; empty if apprise can use it. Nothing is sent."""
    if wrong := schemes.flaw(url):
        return wrong
    with _guarded(_refuse):
        return "" if _service(url) is not None else _NOTHING_SENT


def send_text(url: str, title: str, body: str, level: str, send: Send) -> Sent:
    """Send plain text; `level` is info, success, warning or failure. Raises Failed, Refused or Unreachable."""
    if wrong := schemes.flaw(url):
        raise Failed(f"The address {wrong}.", final=True)
    with _guarded(send) as here:
        service = _service(url)
        if service is None:
            raise Failed(_NOTHING_SENT, final=True)
        apprise = _apprise()
        target = apprise.Apprise(asset=service.asset)
        target.add(service)
        taken = bool(
            target.notify(title=title, body=body, notify_type=level, body_format=apprise.NotifyFormat.TEXT)
        )
    if here.failure is not None and not taken:
        raise here.failure
    if not here.responses:
        raise Failed(_NOTHING_SENT, final=True)
    # What came after a message that was taken, such as a refused sign-out, does not undo it.
    good = [response for response in here.responses if 200 <= response.status < 300]
    last = good[-1] if taken and good else here.responses[-1]
    # Raises for an error in the status or in the body, also where apprise does not look.
    answer = refusals.judge(last)
    if not taken:
        raise Failed("The service did not take the message.", status=last.status, answer=answer)
    return Sent(status=last.status, answer=answer)


def _refuse(_: Any) -> Any:
    raise Failed("Nothing is sent here.", final=True)


@contextmanager
def _guarded(send: Send) -> Iterator[Any]:
    # With requests, for memory as apprise itself.
    from rustrak.outbound.guard import guarded

    _apprise()
    with guarded(send) as here:
        yield here


@lru_cache(1)
def _apprise() -> Any:
    """The library, with all its plugins, and silent: its messages have parts of addresses in them."""
    # Imported here for memory, see above.
    import apprise

    logger = logging.getLogger("apprise")
    logger.propagate = False
    logger.handlers = [logging.NullHandler()]
    logger.setLevel(logging.CRITICAL)
    # Loads what it would load later, in a context in which files may not be written.
    apprise.Apprise.instantiate("json://example.org")
    return apprise


def _service(url: str) -> Any:
    """apprise's object for an address, which does not wait between requests; None when it cannot use the address."""
    apprise = _apprise()
    asset = apprise.AppriseAsset(
        app_id="Rustrak",
        app_desc="Rustrak",
        app_url="",
        # In this thread, one after the other: nothing runs on when the time is over.
        async_mode=False,
        service_timeout=0,
        http_redirects=False,
        secure_logging=True,
        allow_templates=False,
        interpret_escapes=False,
        pgp_autogen=False,
        pem_autogen=False,
        storage_mode=apprise.PersistentStoreMode.MEMORY,
    )
    try:
        service = apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    except Exception:  # whatever a plugin raises for an address that it does not expect
        return None
    if service is not None:
        service.throttle = lambda *_, **__: None
    return service
