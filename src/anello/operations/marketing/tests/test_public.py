"""What recipients do: leave with one click, choose, follow links; and who counts as a person."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.utils import timezone

from anello.core.actions import Invalid, run
from anello.core.events.models import Event
from anello.customers.queries import allowed
from anello.operations.marketing import links, sending
from anello.operations.marketing.models import EmailMessage, EmailSuppression

pytestmark = pytest.mark.django_db
BROWSER = {"HTTP_USER_AGENT": "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"}


@pytest.fixture
def message(cast, server, template, willing):
    (ugo,) = willing("Ugo")
    made = run("email_message.send", {"template": template.pk, "person": ugo.pk}, cast.ctx("bruno"))
    sending.run()
    EmailMessage.objects.filter(pk=made.pk).update(sent_at=timezone.now() - dt.timedelta(minutes=5))
    return EmailMessage.objects.get(pk=made.pk)


def path(url):
    return url.removeprefix("https://crm.example.com")


@pytest.fixture
def leave(message, server):
    """The address in the mail's header."""
    return path(re.fullmatch("<(.+)>", server.mails[0][1]["List-Unsubscribe"].strip())[1])


def test_opening_the_way_out_changes_nothing(message, leave):
    page = Client(enforce_csrf_checks=True).get(leave)
    assert page.status_code == 200
    assert "Disiscrivimi" in page.content.decode()
    assert allowed("person", [message.person_id], "email") == {message.person_id}
    assert Client().head(leave).status_code == 200


def test_one_click_leaves_without_signing_in(cast, message, leave, template):
    before = Event.objects.count()
    answer = Client(enforce_csrf_checks=True).post(leave, {"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert allowed("person", [message.person_id], "email") == set()
    assert EmailSuppression.objects.get().reason == "unsubscribed"
    kinds = set(Event.objects.order_by("id")[before:].values_list("kind", flat=True))
    assert {"consent.created", "email_suppression.created", "email_message.unsubscribed"} <= kinds
    with pytest.raises(Invalid):
        run("email_message.send", {"template": template.pk, "person": message.person_id}, cast.ctx("bruno"))
    again = Client().post(leave, {"List-Unsubscribe": "One-Click"})
    assert (again.status_code, EmailSuppression.objects.count()) == (200, 1)


def test_who_changes_their_mind_is_written_to_again(message, leave):
    Client().post(leave, {"do": "leave"})
    page = Client().post(leave, {"do": "choose", "allowed": ["email", "phone"]})
    assert page.status_code == 200
    assert allowed("person", [message.person_id], "email") == {message.person_id}
    assert not EmailSuppression.objects.exists()
    assert allowed("person", [message.person_id], "phone") == {message.person_id}


def test_choosing_nonsense_gives_no_consent(message, leave):
    Client().post(leave, {"do": "choose", "allowed": ["everything", "email"]})
    assert allowed("person", [message.person_id], "everything") == set()


def test_who_was_deleted_can_still_leave(cast, message, leave):
    run("person.delete", None, cast.ctx("carla"), target=message.person_id)
    assert Client().post(leave, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert EmailSuppression.objects.get().reason == "unsubscribed"


@pytest.mark.parametrize("token", ["x", "MQ:1abc:forged", "🦊"])
def test_forged_addresses_lead_nowhere(token):
    for name in ("unsubscribe", "link"):
        assert Client().get(f"/mail/{name}/{token}/").status_code == 404
    assert Client().post(f"/mail/unsubscribe/{token}/").status_code == 404


def test_a_way_out_is_no_link_and_the_other_way_round(message, leave):
    assert Client().get(leave.replace("unsubscribe", "link")).status_code == 404


def test_a_link_leads_on_and_is_counted(message, server):
    html = server.mails[0][1].get_body(("html",)).get_content()
    url = path(re.search(r'https://crm\.example\.com/mail/link/[^"]+', html)[0])
    for _ in range(2):
        answer = Client(**BROWSER).get(url)
        assert (answer.status_code, answer["Location"]) == (302, "https://shop.example/?a=1&c=")
    kept = EmailMessage.objects.get(pk=message.pk)
    assert (kept.clicks, kept.links) == (2, {"https://shop.example/?a=1&c=": 2})
    assert Event.objects.filter(kind="email_message.clicked").count() == 1


@pytest.mark.parametrize(
    "who",
    [
        {"HTTP_USER_AGENT": "Mozilla/5.0 (compatible; Googlebot/2.1)"},
        {"HTTP_USER_AGENT": "python-requests/2.32"},
        {"HTTP_USER_AGENT": ""},
        {**BROWSER, "HTTP_SEC_PURPOSE": "prefetch;prerender"},
        {**BROWSER, "HTTP_PURPOSE": "prefetch"},
        {**BROWSER, "HTTP_SEC_FETCH_MODE": "no-cors", "HTTP_SEC_FETCH_DEST": "image"},
    ],
)
def test_machines_are_led_on_but_not_counted(message, who):
    url = path(links.link_url(message, "https://shop.example/"))
    assert Client(**who).get(url).status_code == 302
    assert Client(**BROWSER).head(url).status_code == 302
    assert EmailMessage.objects.get(pk=message.pk).clicks == 0


def test_what_is_opened_in_the_moment_of_delivery_is_a_scanner(message):
    EmailMessage.objects.filter(pk=message.pk).update(sent_at=timezone.now())
    Client(**BROWSER).get(path(links.link_url(message, "https://shop.example/")))
    assert EmailMessage.objects.get(pk=message.pk).clicks == 0
