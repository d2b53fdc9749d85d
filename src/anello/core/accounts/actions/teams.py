"""What always holds for the tree of teams."""

from __future__ import annotations

from anello.core.accounts.models import Team
from anello.core.actions import Change, Context, Invalid, rule
from anello.kit.text import L


@rule("team")
def not_below_itself(ctx: Context, changes: list[Change]) -> None:
    for index, change in enumerate(changes):
        team = change.record
        parent = Team.objects.filter(pk=team.parent_id).first() if team.parent_id else None
        if team.pk and parent is not None and f"/{team.pk}/" in parent.path:
            raise Invalid(
                {
                    f"{index}.parent" if len(changes) > 1 else "parent": [
                        L("Una squadra non può stare sotto sé stessa.", "A team cannot be below itself.")
                    ]
                }
            )


@rule("team", when="after")
def paths_follow(ctx: Context, changes: list[Change]) -> None:
    for change in changes:
        if change.touches("parent"):
            _place(change.record)


def _place(team: Team) -> None:
    above = team.parent.path if team.parent else "/"
    team.path = f"{above}{team.pk}/"
    Team.objects.filter(pk=team.pk).update(path=team.path)
    for child in team.children.all():
        _place(child)
