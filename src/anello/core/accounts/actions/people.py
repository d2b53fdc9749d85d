"""What always holds for users, and what administrators do with them."""

from __future__ import annotations

import zoneinfo
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import connection
from pydantic import BaseModel, ConfigDict, Field, IPvAnyAddress, SecretStr

from anello.core.accounts import attempts
from anello.core.accounts.jobs import hand_over as hand_over_job
from anello.core.accounts.jobs import send_invitation
from anello.core.accounts.models import ApiToken, Handover, Role, User
from anello.core.actions import Change, Context, Invalid, action, rule
from anello.core.jobs import enqueue
from anello.kit.text import L


class Strict(BaseModel):
    """Input that refuses what it does not know."""

    model_config = ConfigDict(extra="forbid")


class Nothing(Strict):
    """No input."""


@rule("user")
def can_be_told_apart(ctx: Context, changes: list[Change]) -> None:
    for index, change in enumerate(changes):
        user, prefix = change.record, f"{index}." if len(changes) > 1 else ""
        if change.touches("username") and "@" in user.username:
            # It could be somebody else's address, and one signs in with either.
            words = L("Un nome utente non può contenere @.", "A user name cannot contain @.")
            raise Invalid({f"{prefix}username": [words]})
        if change.touches("time_zone") and user.time_zone not in zoneinfo.available_timezones():
            raise Invalid({f"{prefix}time_zone": [L("Fuso orario sconosciuto.", "Unknown time zone.")]})


@rule("user", when="after")
def welcome(ctx: Context, changes: list[Change]) -> None:
    """Whoever an administrator adds on screen is invited by mail to choose a password."""
    for change in changes:
        if change.new and ctx.via == "ui":
            enqueue(send_invitation, user=change.record.pk)


@rule("role", when="after")
def somebody_administers(ctx: Context, changes: list[Change]) -> None:
    if any(not change.new and change.touches("administrator") for change in changes):
        keep_an_administrator()


def keep_an_administrator() -> None:
    """Refuse what would leave nobody who can administer; two who strip each other wait for one another here."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('administrators', 0))")
    if not User.objects.filter(is_active=True, roles__administrator=True).exists():
        raise Invalid(
            L(
                "Non resterebbe nessun amministratore attivo: prima nominane un altro.",
                "No active administrator would be left: appoint another one first.",
            )
        )


NEW_PASSWORD: Any = {"label": L("Nuova password", "New password")}


class SetPassword(Strict):
    """A new password for a user."""

    password: SecretStr = Field(json_schema_extra=NEW_PASSWORD)


@action(
    "user.set_password",
    module="user",
    input=SetPassword,
    label=L("Imposta la password", "Set the password"),
    icon="key",
)
def set_password(ctx: Context, user: User, data: SetPassword) -> User:
    """Set a password; the user's sessions end."""
    secret = data.password.get_secret_value()
    try:
        validate_password(secret, user)
    except ValidationError as error:
        raise Invalid({"password": error.messages}) from error
    user.set_password(secret)
    user.save(update_fields=["password"])
    return user


class SetRoles(Strict):
    """Keys of the roles the user shall have."""

    roles: list[str]


@action(
    "user.set_roles",
    module="user",
    input=SetRoles,
    label=L("Assegna i ruoli", "Assign roles"),
    icon="shield",
    shown=False,
)
def set_roles(ctx: Context, user: User, data: SetRoles) -> User:
    roles = list(Role.objects.filter(key__in=data.roles))
    if unknown := ", ".join(sorted(set(data.roles) - {role.key for role in roles})):
        raise Invalid({"roles": [L(f"Ruoli sconosciuti: {unknown}.", f"Unknown roles: {unknown}.")]})
    before = list(user.roles.order_by("key"))
    user.roles.set(roles)
    if any(role.administrator for role in before):
        keep_an_administrator()
    after = sorted(role.key for role in roles)
    ctx.emit("user.set_roles", user, changes={"roles": [[role.key for role in before], after]})
    return user


@action(
    "user.invite",
    module="user",
    input=Nothing,
    label=L("Invita", "Invite"),
    icon="send",
    when=lambda user: user.is_active,
)
def invite(ctx: Context, user: User, data: Nothing) -> User:
    """Send the user a mail with a link to choose a password."""
    enqueue(send_invitation, user=user.pk)
    return user


TO_WHOM: Any = {"label": L("A chi vanno i suoi record", "Who gets the records"), "link": "user"}


class HandOver(Strict):
    """Who takes over the records."""

    successor: int = Field(json_schema_extra=TO_WHOM)


def _hand_over(ctx: Context, user: User, successor_id: int) -> Handover:
    successor = User.objects.filter(pk=successor_id, is_active=True).exclude(pk=user.pk).first()
    if successor is None:
        words = L("Scegli un altro utente attivo.", "Choose another active user.")
        raise Invalid({"successor": [words]})
    handover = Handover.objects.create(user=user, successor=successor, by=ctx.user)
    enqueue(hand_over_job, lock=f"handover:{user.pk}", handover=handover.pk)
    return handover


@action(
    "user.hand_over",
    module="user",
    input=HandOver,
    label=L("Passa i record a un altro", "Hand the records over"),
    icon="transfer",
)
def hand_over(ctx: Context, user: User, data: HandOver) -> Handover:
    """Give all the user's records to another: a job, whose progress is on the user's access page."""
    return _hand_over(ctx, user, data.successor)


class Deactivate(Strict):
    """Who takes over the records, if anybody shall."""

    successor: int | None = Field(None, json_schema_extra=TO_WHOM)


@action(
    "user.deactivate",
    module="user",
    input=Deactivate,
    label=L("Disattiva", "Deactivate"),
    icon="user-minus",
    when=lambda user: user.is_active,
)
def deactivate(ctx: Context, user: User, data: Deactivate) -> User:
    """The user can no longer enter: sessions and API tokens end at once; records go to the successor."""
    if ctx.user is not None and ctx.user.pk == user.pk:
        raise Invalid(L("Non puoi disattivare te stesso.", "You cannot deactivate yourself."))
    ctx.put(user, {"is_active": False})
    keep_an_administrator()
    _end_sessions(user)
    ApiToken.objects.filter(user=user).delete()
    if data.successor is not None:
        _hand_over(ctx, user, data.successor)
    return user


@action(
    "user.reactivate",
    module="user",
    input=Nothing,
    label=L("Riattiva", "Reactivate"),
    icon="user-check",
    when=lambda user: not user.is_active,
)
def reactivate(ctx: Context, user: User, data: Nothing) -> User:
    ctx.put(user, {"is_active": True})
    return user


@action(
    "user.sign_out",
    module="user",
    input=Nothing,
    label=L("Chiudi le sessioni", "End the sessions"),
    icon="logout",
)
def sign_out(ctx: Context, user: User, data: Nothing) -> User:
    """End all the user's sessions."""
    _end_sessions(user)
    return user


def _end_sessions(user: User) -> None:
    for session in UserSession.objects.filter(user=user):
        session.end()


@action(
    "user.reset_factors",
    module="user",
    input=Nothing,
    label=L("Togli i secondi fattori", "Remove second factors"),
    icon="fingerprint",
    when=lambda user: Authenticator.objects.filter(user=user).exists(),
)
def reset_factors(ctx: Context, user: User, data: Nothing) -> User:
    """Remove authenticator app, passkeys and recovery codes of somebody who has lost them."""
    Authenticator.objects.filter(user=user).delete()
    return user


@action(
    "user.unlock",
    module="user",
    input=Nothing,
    label=L("Sblocca", "Unlock"),
    icon="lock",
    when=lambda user: attempts.account_locked(attempts.key_of(user)) is not None,
)
def unlock(ctx: Context, user: User, data: Nothing) -> User:
    """Let somebody locked out by failed attempts try again."""
    attempts.forgive(attempts.key_of(user))
    return user


class Address(Strict):
    """An IP address."""

    address: IPvAnyAddress


@action("user.unlock_address", module="user", input=Address, target=False)
def unlock_address(ctx: Context, data: Address) -> int:
    """Let a locked address try again; how many failures were forgotten."""
    return attempts.forgive_address(str(data.address))
