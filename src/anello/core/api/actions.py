"""What holds for webhooks, their replay, and OAuth2 clients."""

from __future__ import annotations

import httpx
from allauth.idp.oidc.adapter import get_adapter
from allauth.idp.oidc.models import Client
from django.contrib.auth.hashers import make_password
from pydantic import BaseModel, ConfigDict, Field

from anello.core.actions import Change, Context, Invalid, NotFound, action, rule
from anello.core.api.jobs import deliver
from anello.core.api.models import WebhookDelivery
from anello.core.api.webhooks import callable_url
from anello.core.jobs import enqueue
from anello.kit.text import L


@rule("webhook")
def some_events(ctx: Context, changes: list[Change]) -> None:
    for index, change in enumerate(changes):
        if not change.record.kinds:
            where = f"{index}.kinds" if len(changes) > 1 else "kinds"
            raise Invalid({where: [L("Indica almeno un tipo di evento.", "Give at least one kind of event.")]})


@rule("webhook")
def callable_address(ctx: Context, changes: list[Change]) -> None:
    """What looks like an address but cannot be called (a port or a name that cannot be) is refused at once."""
    for index, change in enumerate(changes):
        if change.touches("url"):
            try:
                callable_url(change.record.url)
            except httpx.InvalidURL as error:
                where = f"{index}.url" if len(changes) > 1 else "url"
                raise Invalid({where: [L("Indirizzo web non valido.", "Not a valid web address.")]}) from error


@rule("webhook")
def own_eyes(ctx: Context, changes: list[Change]) -> None:
    """A webhook tells what its owner may see: nobody but administrators lets it tell what another may see."""
    if ctx.actor.administrator:
        return
    for index, change in enumerate(changes):
        owners = {change.before.get("owner", change.record.owner_id), change.record.owner_id}
        if change.touches("owner", "url") and owners != {ctx.actor.id}:
            name = "owner" if change.touches("owner") else "url"
            where = f"{index}.{name}" if len(changes) > 1 else name
            raise Invalid(
                {where: [L("Può farlo solo il responsabile del webhook.", "Only the webhook's owner may do this.")]}
            )


@action("webhook_delivery.replay", module="webhook_delivery", label=L("Invia di nuovo", "Send again"), icon="refresh")
def replay(ctx: Context, delivery: WebhookDelivery, data: BaseModel) -> WebhookDelivery:
    """Deliver the same event again, with the same webhook-id."""
    WebhookDelivery.objects.filter(pk=delivery.pk).update(status="waiting")
    delivery.status = "waiting"
    enqueue(deliver, delivery=delivery.pk)
    return delivery


class NewClient(BaseModel):
    """An OAuth2 client that acts on behalf of the person who registers it."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=100)


@action("oauth_client.register", input=NewClient)
def register_client(ctx: Context, data: NewClient) -> dict[str, str]:
    """Returns the client's id and its secret, which is shown this once and never stored."""
    adapter = get_adapter()
    secret = adapter.generate_client_secret()
    client = Client(name=data.name, owner=ctx.user, secret=make_password(secret), scopes="api", default_scopes="api")
    client.type, client.grant_types = Client.Type.CONFIDENTIAL, Client.GrantType.CLIENT_CREDENTIALS
    client.save()
    return {"client_id": client.pk, "client_secret": secret}


class OldClient(BaseModel):
    """The id of a client of one's own."""

    model_config = ConfigDict(extra="forbid")
    client: str


@action("oauth_client.remove", input=OldClient)
def remove_client(ctx: Context, data: OldClient) -> None:
    """The client and its tokens are gone at once."""
    if not Client.objects.filter(pk=data.client, owner=ctx.user).delete()[0]:
        raise NotFound(data.client)
