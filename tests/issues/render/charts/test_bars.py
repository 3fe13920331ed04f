from __future__ import annotations

from issues.render.charts import bars


def test_sparkline_says_what_it_shows() -> None:
    svg = bars.sparkline([0, 5, 10], 24)
    assert 'aria-label="15 events in 24 hours"' in svg
    assert 'd="M6 28v-14h5V28zM12 28v-28h5V28z"' in svg
    assert "style=" not in svg
    assert bars.label(1, 24) == "1 event in 24 hours"
    assert "v-1h" in bars.sparkline([1, 10_000], 24)
    assert "<title>14:00: 3 events</title>" in bars.histogram([0, 3], ["13:00", "14:00"], 48)
