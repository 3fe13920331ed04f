"""The template tag that says which Rustrak this is."""

from __future__ import annotations

from django import template

from rustrak.lib.version import version as the_version

register = template.Library()


@register.simple_tag
def version() -> str:
    """`{% version %}`: `0.1.0`."""
    return the_version()
