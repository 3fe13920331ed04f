"""The audit log as CSV."""

from __future__ import annotations

import csv
from io import StringIO

import pytest

from accounts import audit
from accounts.audit import export, reading
from accounts.audit.reading import Filters
from accounts.models import AuditEntry

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", '"=1,2"\n=3'])
def test_no_text_of_people_is_a_formula(name: str) -> None:
    audit.record(audit.Action.PERSON_CHANGE, name=name, details={"role": name})
    text = "".join(export.lines(reading.all_of(Filters().entries())))
    head, row = csv.reader(StringIO(text))
    assert tuple(head) == export.HEAD
    assert row[7].removeprefix("'") == name
    assert not any(cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)


def test_all_entries_are_read_some_at_a_time(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries
) -> None:
    monkeypatch.setattr(reading, "_AT_A_TIME", 3)
    for number in range(7):
        audit.record(audit.Action.PERSON_CHANGE, name=str(number))
    with django_assert_num_queries(3):
        names = [entry.target_name for entry in reading.all_of(AuditEntry.objects.all())]
    assert names == ["6", "5", "4", "3", "2", "1", "0"]
