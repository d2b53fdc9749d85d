"""What a field ceases to name stays as long as a deleted attachment does."""

from __future__ import annotations

from anello.core import contents
from anello.core.actions import Change, Context, everywhere
from anello.core.files.jobs import RESTORABLE
from anello.core.modules import File, Module


@everywhere("after")
def keep(ctx: Context, module: Module, changes: list[Change]) -> None:
    """Undoing the change within the time in which files can be restored finds the old content."""
    for name in [f.name for f in module.fields if isinstance(f, File)]:
        for change in changes:
            if not change.new and name in change.changed and change.before[name]:
                contents.hold(change.before[name]["sha256"], RESTORABLE.total_seconds())
