"""What always holds for users and teams, and the verbs on accounts."""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from pydantic import BaseModel, ConfigDict, SecretStr

from anello.core.accounts.models import ApiToken, Role, Team, User
from anello.core.actions import Change, Context, Invalid, action, rule
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


class SetPassword(BaseModel):
    """A new password for a user."""

    model_config = ConfigDict(extra="forbid")
    password: SecretStr


@action(
    "user.set_password",
    module="user",
    input=SetPassword,
    label=L("Imposta la password", "Set the password"),
    icon="key",
)
def set_password(ctx: Context, user: User, data: SetPassword) -> User:
    secret = data.password.get_secret_value()
    try:
        validate_password(secret, user)
    except ValidationError as error:
        raise Invalid({"password": error.messages}) from error
    user.set_password(secret)
    user.save(update_fields=["password"])
    return user


class SetRoles(BaseModel):
    """Keys of the roles the user shall have."""

    model_config = ConfigDict(extra="forbid")
    roles: list[str]


@action("user.set_roles", module="user", input=SetRoles, label=L("Assegna i ruoli", "Assign roles"), icon="shield")
def set_roles(ctx: Context, user: User, data: SetRoles) -> User:
    roles = list(Role.objects.filter(key__in=data.roles))
    unknown = set(data.roles) - {role.key for role in roles}
    if unknown:
        raise Invalid(
            {
                "roles": [
                    L(
                        f"Ruoli sconosciuti: {', '.join(sorted(unknown))}.",
                        f"Unknown roles: {', '.join(sorted(unknown))}.",
                    )
                ]
            }
        )
    user.roles.set(roles)
    return user


class NewToken(BaseModel):
    """A personal API token; `name` reminds its owner what it is for."""

    model_config = ConfigDict(extra="forbid")
    name: str = "API"


@action("token.issue", input=NewToken)
def issue_token(ctx: Context, data: NewToken) -> str:
    """Returns the secret, which is shown this once and never stored."""
    secret = ApiToken.new_secret()
    ApiToken.objects.create(user=ctx.user, name=data.name, digest=ApiToken.digest_of(secret), hint=secret[:12])
    return secret
