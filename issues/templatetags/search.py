"""The template tags of the search field."""

from __future__ import annotations

from functools import cache

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from issues.query.keys import KEYS, LEVELS, STATES

register = template.Library()


@register.simple_tag
@cache
def search_keys() -> SafeString:
    """`{% search_keys %}`: the keys of the grammar with examples as links. The same on every page, so it is rendered once."""
    context = {"keys": KEYS, "states": STATES, "levels": LEVELS}
    return SafeString(render_to_string("issues/_search_keys.html", context))
