"""What everybody does with their own account: profile, sessions, API tokens."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from allauth.usersessions.models import UserSession
from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic import Field as Constraint

from anello.core.accounts.models import ApiToken, User
from anello.core.actions import Context, NotFound, action

Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=80, pattern=r"^[^\x00]*$")]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120, pattern=r"^[^\x00]*$")]


class Profile(BaseModel):
    """What people may change about themselves; what is not given stays."""

    model_config = ConfigDict(extra="forbid")
    first_name: Words | None = None
    last_name: Words | None = None
    phone: str | None = None
    language: Literal["it", "en"] | None = None
    time_zone: str | None = None


@action("profile.update", input=Profile)
def update_profile(ctx: Context, data: Profile) -> User:
    user = User.objects.select_for_update().get(pk=ctx.user.pk)
    ctx.update(user, data.model_dump(exclude_unset=True))
    return user


class EndSessions(BaseModel):
    """Ids of one's own sessions."""

    model_config = ConfigDict(extra="forbid")
    sessions: list[int]


@action("profile.end_sessions", input=EndSessions)
def end_sessions(ctx: Context, data: EndSessions) -> int:
    """End some of one's sessions; how many there were."""
    mine = list(UserSession.objects.filter(user_id=ctx.user.pk, pk__in=data.sessions))
    if len(mine) != len(set(data.sessions)):
        raise NotFound("session")
    for session in mine:
        session.end()
    return len(mine)


class NewToken(BaseModel):
    """A personal API token; `name` reminds its owner what it is for, `days` is how long it is good (none: for ever)."""

    model_config = ConfigDict(extra="forbid")
    name: Name = "API"
    days: int | None = Constraint(None, ge=1, le=3650)


@action("token.issue", input=NewToken)
def issue_token(ctx: Context, data: NewToken) -> str:
    """Returns the secret, which is shown this once and never stored."""
    secret = ApiToken.new_secret()
    expires = ctx.now + dt.timedelta(days=data.days) if data.days else None
    ApiToken.objects.create(
        user=ctx.user, name=data.name, digest=ApiToken.digest_of(secret), hint=secret[:12], expires_at=expires
    )
    return secret


class Token(BaseModel):
    """One of one's own tokens."""

    model_config = ConfigDict(extra="forbid")
    token: int


@action("token.revoke", input=Token)
def revoke_token(ctx: Context, data: Token) -> None:
    """The token is good for nothing any more."""
    token = ApiToken.objects.filter(user_id=ctx.user.pk, pk=data.token).first()
    if token is None:
        raise NotFound("token")
    ctx.emit("token.revoke", data={"name": token.name, "hint": token.hint})
    token.delete()
