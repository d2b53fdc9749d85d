"""What is read of what administrators added."""

from __future__ import annotations

from anello.core.studio.models import CustomField


def has_field(module: str, name: str) -> bool:
    """Whether there is such a field in the database, be it of this very transaction: processes hear of it later."""
    return CustomField.objects.filter(module=module, name=name).exists()
