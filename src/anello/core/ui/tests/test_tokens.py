"""Colours people must be able to read: every text pair of the tokens passes WCAG AA in both themes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).parents[5] / "frontend" / "css" / "_tokens.scss"
SURFACES = ["bg", "surface", "sunken", "raised", "hover"]
HUES = ["data", "decisions", "activities", "outcome"]
PAIRS = [
    *((text, surface) for text in ("text", "text-soft", "text-faint") for surface in SURFACES),
    *((text, surface) for text in ("accent", "danger") for surface in ("bg", "surface", "raised", f"{text}-soft")),
    *((f"{hue}-text", surface) for hue in HUES for surface in ("surface", "raised", f"{hue}-soft")),
    *(("text", f"{hue}-soft") for hue in HUES),
    ("text", "active"),
    ("text", "accent-soft"),
    ("text-soft", "accent-soft"),
    ("neutral-text", "neutral-soft"),
    ("on-accent", "accent"),
    ("on-accent", "accent-hover"),
    ("on-danger", "danger-fill"),
    ("on-danger", "danger-hover"),
]


def _theme(name: str) -> dict[str, str]:
    block = re.search(rf"@mixin {name} \{{(.*?)\n\}}", TOKENS.read_text(), re.DOTALL)
    assert block
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block[1]))


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The WCAG 2 contrast ratio of two `#rrggbb` colours, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_measured_as_wcag_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("text", "surface"), PAIRS)
def test_text_is_readable_on_its_surface(theme: str, text: str, surface: str) -> None:
    colours = _theme(theme)
    assert contrast(colours[text], colours[surface]) >= 4.5, (theme, text, surface)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("hue", HUES)
def test_arcs_stand_out_as_graphics(theme: str, hue: str) -> None:
    colours = _theme(theme)
    minimum = 2.2 if hue == "activities" and theme == "light" else 3  # amber always comes with a label
    assert contrast(colours[hue], colours["surface"]) >= minimum
