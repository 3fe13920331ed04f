"""Template tags that link a value to the issues that have it."""

from __future__ import annotations

from urllib.parse import urlencode

from django import template
from django.urls import reverse

from accounts.models import Project
from issues.query import printing

register = template.Library()


@register.simple_tag
def issues_with(project: Project | str, key: str, value: str) -> str:
    """`{% issues_with project "release" value %}`: the address of the list of all issues with an event that has exactly this.

    `key` is one of the grammar (docs/search.md). Empty without a value, and then there is nothing to link.
    """
    if not value:
        return ""
    return _list(project, printing.term(key, value))


@register.simple_tag
def issues_with_tag(project: Project | str, key: str, value: str) -> str:
    """`{% issues_with_tag project key value %}`: the same for a tag, whatever its name is."""
    return _list(project, printing.term(f"tags[{key}]", value)) if key and value else ""


@register.simple_tag
def tag_page(project: Project, key: str) -> str:
    """`{% tag_page project key %}`: the address of the page of all values of a tag."""
    return f"{reverse('tag', args=[project.slug])}?{urlencode({'key': key})}"


def _list(project: Project | str, text: str) -> str:
    slug = project.slug if isinstance(project, Project) else project
    return f"{reverse('issue_list', args=[slug])}?{urlencode({'status': 'all', 'q': text})}"
