from __future__ import annotations

import pytest
from django.db.models import Value

from accounts.models import User

pytestmark = pytest.mark.django_db

NAMES = {
    "Ошибка оплаты": ["ошибка", "ОПЛАТЫ"],
    "ÄRGER": ["ärger", "Ä"],
    "Café": ["CAFÉ", "afé"],
    "100%_\\": ["100%", "%_", "\\"],
    "ΔΟΚΙΜΗ": ["δοκιμη"],
}


@pytest.mark.parametrize(("name", "words"), NAMES.items())
def test_both_databases_search_without_case(name: str, words: list[str]) -> None:
    for number, each in enumerate(NAMES):
        User.objects.create_user(f"{number}@example.org", name=each)
    for word in words:
        assert [user.name for user in User.objects.filter(name__icontains=word)] == [name], word
    assert not User.objects.filter(name__icontains="a%e")
    assert User.objects.filter(name=name, name__icontains=Value(name[:1])).exists()
