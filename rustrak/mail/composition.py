"""A message as it is sent: text, with HTML where there is some, in lines that every server passes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from email import charset

from django.core.mail import EmailMultiAlternatives

# Of plain ASCII text, lines up to this length are sent as they are, so that the server's log has links whole.
_LONGEST_LINE = 900
# Quoted-printable keeps lines short (RFC 5322, section 2.1.1) and needs no 8BITMIME of the server.
_UTF_8 = charset.Charset("utf-8")
_UTF_8.body_encoding = charset.QP


def compose(
    recipients: Sequence[str],
    subject: str,
    text: str,
    html: str = "",
    headers: Mapping[str, str] | None = None,
) -> EmailMultiAlternatives:
    """A message from DEFAULT_FROM_EMAIL. Raises django.core.mail.BadHeaderError, when it is sent, for a line break in a header."""
    message = EmailMultiAlternatives(subject, text, to=list(recipients), headers=dict(headers or {}))
    # Django passes it on to the email package, which takes a character set as well as a name.
    if html or not text.isascii() or max(map(len, text.splitlines()), default=0) > _LONGEST_LINE:
        message.encoding = _UTF_8
    if html:
        message.attach_alternative(html, "text/html")
    return message
