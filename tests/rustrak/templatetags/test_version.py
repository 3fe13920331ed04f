from __future__ import annotations

from django.template import Context, Template

from rustrak.lib.version import version


def test_the_version() -> None:
    assert Template("{% load version %}{% version %}").render(Context()) == version()
