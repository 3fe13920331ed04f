from __future__ import annotations

from rustrak.lib.text.name_hash import name_hash


def test_a_name_has_one_number_of_64_bits():
    numbers = {name_hash(f"~/static/{index}.js") for index in range(1000)}
    assert len(numbers) == 1000
    assert all(-(2**63) <= number < 2**63 for number in numbers)
    assert name_hash("~/static/0.js") in numbers
    assert name_hash("") == 0
    assert name_hash("\ud800")
