"""Webhooks are told what their owner may know, signed, again until it works."""

from __future__ import annotations

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from tests.jobs import run_jobs

from anello.core.actions import Invalid, run
from anello.core.api import webhooks
from anello.core.api.models import Webhook, WebhookDelivery
from anello.core.api.webhooks import signature
from anello.core.events.consumers import drain

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def receiver(settings):
    settings.WEBHOOKS_TO_PRIVATE_NETWORKS = True
    received: list[tuple[dict[str, str], str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            received.append(({k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(server.answer)  # type: ignore[attr-defined]
            self.end_headers()

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.answer, server.received = 200, received  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def subscribe(cast, receiver, who="carla", kinds=("person.*",)):
    role = cast.carla.roles.get()
    role.areas = {**role.areas, "integrations": "user"}
    role.save()
    url = f"http://127.0.0.1:{receiver.server_address[1]}/hook"
    return run("webhook.create", {"name": "ERP", "url": url, "kinds": list(kinds)}, cast.ctx(who))


def test_an_event_arrives_signed_once(cast, receiver):
    webhook = subscribe(cast, receiver)
    person = run("person.create", {"last_name": "Rossi"}, cast.ctx("carla"))
    drain()
    drain()
    run_jobs()
    ((headers, body),) = receiver.received
    assert json.loads(body)["data"]["record"] == person.pk
    assert headers["webhook-signature"] == signature(
        webhook.secret, headers["webhook-id"], int(headers["webhook-timestamp"]), body
    )
    assert WebhookDelivery.objects.get().status == "delivered"


def test_a_refusal_is_tried_again_and_a_delivery_can_be_replayed(cast, receiver):
    subscribe(cast, receiver)
    receiver.answer = 500
    run("person.create", {"last_name": "Rossi"}, cast.ctx("carla"))
    drain()
    run_jobs()
    delivery = WebhookDelivery.objects.get()
    assert (delivery.status, delivery.attempts, delivery.error) == ("waiting", 1, "HTTP 500")
    receiver.answer = 204
    run_jobs(early=True)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts, delivery.answer) == ("delivered", 2, 204)
    run("webhook_delivery.replay", {}, cast.ctx("carla"), target=delivery.pk)
    run_jobs()
    assert len({headers["webhook-id"] for headers, _ in receiver.received}) == 1
    assert len(receiver.received) == 3


def test_owners_are_told_only_what_they_may_see(cast, receiver):
    subscribe(cast, receiver)
    role = cast.carla.roles.get()
    role.fields = {"person": {"city": "hidden"}}
    role.save()
    run("person.create", {"last_name": "Verdi"}, cast.ctx("dario"))
    run("person.create", {"last_name": "Rossi", "city": "Bari"}, cast.ctx("bruno"))
    run("person.create", {"last_name": "Neri", "city": "Bari", "owner": cast.carla.pk}, cast.ctx("bruno"))
    drain()
    run_jobs()
    assert "Bari" not in str(receiver.received)
    assert [json.loads(body)["data"]["changes"]["last_name"][1] for _, body in receiver.received] == ["Neri"]


def test_private_networks_are_not_called_unless_allowed(cast, receiver, settings):
    settings.WEBHOOKS_TO_PRIVATE_NETWORKS = False
    subscribe(cast, receiver)
    run("person.create", {"last_name": "Rossi"}, cast.ctx("carla"))
    drain()
    run_jobs()
    assert receiver.received == []
    assert "private" in WebhookDelivery.objects.get().error


def test_the_address_that_was_checked_is_the_one_called(cast, receiver, settings, monkeypatch):
    subscribe(cast, receiver)
    port = receiver.server_address[1]
    real, looked_up = socket.getaddrinfo, []

    def lookup(host, *args, **kwargs):
        if "hooks" not in str(host):
            return real(host, *args, **kwargs)
        looked_up.append(host)
        ip = "127.0.0.1" if len(looked_up) == 1 else "10.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port))]

    Webhook.objects.update(url=f"http://hooks.example.com:{port}/hook")
    run("person.create", {"last_name": "Rossi"}, cast.ctx("carla"))
    drain()
    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    webhooks.send(WebhookDelivery.objects.get())
    ((headers, _),) = receiver.received
    assert headers["host"] == f"hooks.example.com:{port}"
    assert len(looked_up) == 1


def test_an_address_that_cannot_be_called_is_refused_or_not_delivered(cast, receiver):
    subscribe(cast, receiver)
    for url in ("http://example.com:99999/", "http://\u2603\u200d.com/"):
        with pytest.raises(Invalid) as caught:
            run("webhook.create", {"name": "x", "url": url, "kinds": ["*"]}, cast.ctx("carla"))
        assert set(caught.value.errors) == {"url"}
    Webhook.objects.update(url="http://example.com:99999/")
    run("person.create", {"last_name": "Rossi"}, cast.ctx("carla"))
    drain()
    run_jobs()
    assert "InvalidURL" in WebhookDelivery.objects.get().error


def test_nobody_lets_a_webhook_tell_what_another_may_see(cast, receiver):
    webhook = subscribe(cast, receiver)
    for change in ({"owner": cast.bruno.pk}, {"owner": None}):
        with pytest.raises(Invalid) as caught:
            run("webhook.update", change, cast.ctx("carla"), target=webhook.pk)
        assert set(caught.value.errors) == {"owner"}
    given = {"name": "x", "url": webhook.url, "kinds": ["*"], "owner": cast.bruno.pk}
    with pytest.raises(Invalid):
        run("webhook.create", given, cast.ctx("carla"))
    role = cast.bruno.roles.get()
    role.areas = {**role.areas, "integrations": "manager"}
    role.save()
    with pytest.raises(Invalid):
        run("webhook.update", {"url": "https://example.com/"}, cast.ctx("bruno"), target=webhook.pk)
    run("webhook.update", {"active": False}, cast.ctx("bruno"), target=webhook.pk)
    run("webhook.update", {"owner": cast.bruno.pk}, cast.ctx("anna"), target=webhook.pk)


def test_a_webhook_for_nothing_is_refused(cast, receiver):
    with pytest.raises(Invalid) as caught:
        subscribe(cast, receiver, kinds=())
    assert set(caught.value.errors) == {"kinds"}
