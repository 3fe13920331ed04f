"""Headers of every answer to a browser, by Django or before it is reached. Source: OWASP Secure Headers Project."""

from __future__ import annotations

#: Nobody else may embed or read an answer, and no page uses a device of the visitor.
SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Frame-Options": "DENY",
}
#: What depends on who asks stays out of every cache, the browser's included: RFC 9111, section 5.2.2.
UNCACHED = "private, no-store"
#: For answers without a page: nothing in them may load or run.
NOTHING_LOADS = "default-src 'none'; frame-ancestors 'none'"
