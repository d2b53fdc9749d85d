"""What the GDPR gives to people: a copy of all that is held, and being forgotten."""

from __future__ import annotations

from typing import Any

from anello.core.actions import Context, Denied, action
from anello.core.modules import L
from anello.customers import privacy


@action(
    "person.export",
    module="person",
    verb="export",
    label=L("Esporta i dati della persona", "Export the person's data"),
    icon="download",
    shown=False,
)
def export(ctx: Context, person: Any, data: Any) -> bytes:
    """A ZIP of everything held about the person that the actor may see; needs `export` on the person."""
    return privacy.archive(ctx.actor, person)


@action(
    "person.erase",
    module="person",
    verb="delete",
    label=L("Dimentica questa persona", "Forget this person"),
    icon="trash",
    shown=False,
    undoable=False,
)
def erase(ctx: Context, person: Any, data: Any) -> Any:
    """Blank all that says who the person was; only for an administrator who has just proved to be one. No way back."""
    if not (ctx.actor.elevated or ctx.actor.system):
        raise Denied(
            str(
                L(
                    "Per dimenticare una persona servono i poteri di amministratore attivi.",
                    "Forgetting a person needs active administrator powers.",
                )
            )
        )
    privacy.erase(ctx, person)
    return person
