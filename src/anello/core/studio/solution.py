"""Custom fields as a part of solutions."""

from __future__ import annotations

from typing import Any

from anello.core.studio.solutions.parts import of_module, part
from anello.kit.text import L


def _title(values: dict[str, Any]) -> str:
    return str(L(values.get("label_it", ""), values.get("label_en", "")))


FIELDS = part(of_module("fields", L("Campi", "Fields"), "custom_field", ("module", "name"), order=20, title=_title))
