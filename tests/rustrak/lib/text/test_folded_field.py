from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Project

pytestmark = pytest.mark.django_db


def test_the_folded_text_is_stored_beside_its_columns() -> None:
    shop = Project.objects.create(name="ÄRGER", slug="a")
    assert Project.objects.get().name_folded == "ärger"
    shop.name = "Ошибка"
    shop.save()
    assert Project.objects.get().name_folded == "ошибка"


def test_names_that_differ_in_case_only_cannot_both_be_stored() -> None:
    Project.objects.create(name="ÄRGER", slug="a")
    with pytest.raises(IntegrityError), transaction.atomic():
        Project.objects.create(name="ärger", slug="b")
