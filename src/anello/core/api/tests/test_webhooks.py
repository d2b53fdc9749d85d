"""Webhooks are told what their owner may know, signed, again until it works."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from tests.jobs import run_jobs

from anello.core.actions import Invalid, run
from anello.core.api.models import WebhookDelivery
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


def test_a_webhook_for_nothing_is_refused(cast, receiver):
    with pytest.raises(Invalid) as caught:
        subscribe(cast, receiver, kinds=())
    assert set(caught.value.errors) == {"kinds"}
