"""Presets: each that is drawn asks a question that can be asked."""

import pytest

from analytics.saved.presets import PRESETS, preset_note, preset_widget
from analytics.saved.questions import check_widget


@pytest.mark.parametrize("preset", PRESETS)
def test_each_preset_can_be_asked(preset: str) -> None:
    widget = preset_widget("p", preset)
    assert widget
    check_widget(widget)


def test_a_preset_that_nobody_knows_is_named() -> None:
    assert preset_widget("p", "other") is None and "“other”" in preset_note("other")
