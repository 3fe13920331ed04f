"""What `release:>=2.4` means of the name of a release. Pure."""

from __future__ import annotations

from issues.query.syntax import Operator, Value
from issues.versions import order


def is_in_order(release: str, value: Value) -> bool:
    """Whether the release is newer or older than `value`, as its operator says, by their names."""
    sign = order.by_name(release, value.text)
    if sign is None:
        return False
    if value.operator is Operator.LESS:
        return sign < 0
    if value.operator is Operator.AT_MOST:
        return sign <= 0
    return sign > 0 if value.operator is Operator.MORE else sign >= 0
