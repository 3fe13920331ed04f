"""Headers of every answer to a browser, by Django or before it is reached. Source: OWASP Secure Headers Project."""

from __future__ import annotations

#: What of a visitor's machine no page uses. Our own pages alone may ask for passkeys.
_UNUSED = (
    "accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "hid", "magnetometer", "microphone", "midi",
    "payment", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip
_OWN = ("publickey-credentials-create", "publickey-credentials-get")

#: Nobody else may embed or read an answer, and no page uses a device of the visitor.
SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join([f"{name}=()" for name in _UNUSED] + [f"{name}=(self)" for name in _OWN]),
    "X-Frame-Options": "DENY",
}
#: What depends on who asks stays out of every cache, the browser's included: RFC 9111, section 5.2.2.
UNCACHED = "private, no-store"
#: For answers without a page: nothing in them may load or run.
NOTHING_LOADS = "default-src 'none'; frame-ancestors 'none'"
