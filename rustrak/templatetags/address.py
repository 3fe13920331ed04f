"""The template tag that says where a visitor should be when cookies do not work where they are."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag(takes_context=True)
def proper_address(context: dict[str, Any]) -> str:
    """`{% proper_address as url %}`: PUBLIC_URL when cookies are sent over https only and the page was opened over http."""
    request = context.get("request")
    insecure = request is not None and not request.is_secure()
    return settings.PUBLIC_URL if settings.SESSION_COOKIE_SECURE and insecure else ""
