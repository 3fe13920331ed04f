from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Project


def test_nobody_of_this_name(shop: Project) -> None:
    with pytest.raises(CommandError, match="nobody in shop"):
        call_command("export_person", "shop", "x", "/nowhere/file")
