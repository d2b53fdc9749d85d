"""Every English text of the shell has its Italian."""

from __future__ import annotations

import re
from pathlib import Path

from babel.messages.pofile import read_po

APP = Path(__file__).parents[1]
MARKED = re.compile(r"""\{%\s*translate\s+"([^"]+)"|\b_\("([^"]+)"\)|gettext\("([^"]+)"\)""")
EXAMPLES = {"Lead saved"}  # in docstrings


def test_every_marked_text_of_the_interface_is_translated() -> None:
    with (APP / "locale" / "it" / "LC_MESSAGES" / "django.po").open("rb") as file:
        translated = {message.id for message in read_po(file) if message.id and message.string}
    sources = [*(APP / "templates").rglob("*.html"), *APP.glob("*.py")]
    used = {next(filter(None, found)) for path in sources for found in MARKED.findall(path.read_text())}
    assert used - translated - EXAMPLES == set()
