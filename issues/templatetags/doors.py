"""Template tags that link a value to the issues that have it."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlencode

from django import template
from django.urls import reverse

from accounts.models import Project
from issues.models import Issue
from issues.query import printing
from issues.query.parsing import LONGEST
from issues.render import values

register = template.Library()

_TAG = "tag:"


@register.simple_tag
def issues_with(project: Project | str, key: str, value: str) -> str:
    """`{% issues_with project "release" value %}`: the address of the list of all issues with an event that has exactly this.

    `key` is one of the grammar (docs/search.md), or `tag:` and the name of a tag. Empty where there is nothing that a search could
    find.
    """
    return _address(_list_of(_slug(project)), key, value, status="all")


# A page has a hundred of these links, and it takes longer to look the address up than to do all the rest.
@lru_cache(maxsize=256)
def _list_of(slug: str) -> str:
    return reverse("issue_list", args=[slug])


@register.simple_tag
def issues_with_tag(project: Project | str, key: str, value: str) -> str:
    """`{% issues_with_tag project key value %}`: the same for a tag."""
    return issues_with(project, f"{_TAG}{key}", value)


@register.simple_tag
def events_with_tag(project: Project | str, issue: Issue, key: str, value: str) -> str:
    """`{% events_with_tag project issue key value %}`: the address of the list of the issue's events that have this value of a tag."""
    return _address(reverse("event_list", args=[_slug(project), issue.pk]), f"{_TAG}{key}", value)


@register.filter
def visible(text: str) -> str:
    """`{{ release|visible }}`: the text with every invisible character named (issues.render.values)."""
    return values.visible(text)


@register.simple_tag
def tag_page(project: Project, key: str) -> str:
    """`{% tag_page project key %}`: the address of the page of all values of a tag."""
    return f"{reverse('tag', args=[project.slug])}?{urlencode({'key': key})}"


def _slug(project: Project | str) -> str:
    return project.slug if isinstance(project, Project) else project


def _address(path: str, key: str, value: str, **other: str) -> str:
    name = key.removeprefix(_TAG)
    # A link needs something to see.
    if not name or not value.strip():
        return ""
    text = printing.term(name, value, is_tag=name != key)
    return f"{path}?{urlencode({**other, 'q': text})}" if len(text) <= LONGEST else ""
