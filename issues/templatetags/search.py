"""The template tags of the search field."""

from __future__ import annotations

from functools import cache

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from issues.query.keys import CHECKED, KEYS, LEVELS, STATES, Key

register = template.Library()

# Examples that mean something in every project.
_EVERYWHERE = {"latest", "me", "none", "stacktrace", "attachment", "feedback"}


@register.simple_tag
@cache
def search_keys() -> SafeString:
    """`{% search_keys %}`: the keys of the grammar with examples as links. The same on every page, so it is rendered once."""
    keys = [(key, [(example, _leads_somewhere(key, example)) for example in key.examples]) for key in KEYS]
    context = {"keys": keys, "states": STATES, "levels": LEVELS}
    return SafeString(render_to_string("issues/_search_keys.html", context))


def _leads_somewhere(key: Key, example: str) -> bool:
    return key.kind in CHECKED or example.partition(":")[2] in _EVERYWHERE
