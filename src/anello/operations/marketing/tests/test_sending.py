"""Messages: only to who wants them, once, as they should be, no faster than domains like."""

import datetime as dt

import pytest
from django.utils import timezone

from anello.core.actions import Context, Invalid, NotFound, run
from anello.core.events.consumers import registered
from anello.core.events.models import Event
from anello.core.modules import get
from anello.core.policies import visible
from anello.customers import queries as customers
from anello.customers.treatments import Decision, apply, refused
from anello.operations.marketing import jobs, sending
from anello.operations.marketing.models import EmailMessage, EmailSuppression

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 20, 10, tzinfo=dt.UTC)


def send(cast, template, person, who="bruno", **more):
    return run("email_message.send", {"template": template.pk, "person": person.pk, **more}, cast.ctx(who))


def fresh(message):
    return EmailMessage.objects.get(pk=message.pk)


def test_a_message_arrives_with_text_html_and_one_click(cast, server, template, willing):
    (ugo,) = willing("Ugo", city="Lodi")
    message = send(cast, template, ugo)
    assert message.state == "queued"
    assert sending.run() is False
    ((to, mail),) = server.mails
    assert (to, mail["Subject"], mail["Message-ID"]) == ("ugo@rossi.example", "Novità per Ugo", message.message_id)
    assert mail["List-Unsubscribe"].strip().startswith("<https://crm.example.com/mail/unsubscribe/")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "Ciao Ugo" in mail.get_body(("plain",)).get_content()
    html = mail.get_body(("html",)).get_content()
    assert "https://crm.example.com/mail/link/" in html
    assert "shop.example/?a=1" not in html
    assert fresh(message).state == "sent"


def test_nobody_is_written_to_who_did_not_agree_or_left(cast, template, willing):
    ugo, pia, leo, ivo = willing("Ugo", "Pia", "Leo", "Ivo")
    left = {"purpose": "email", "status": "withdrawn", "source": "phone"}
    run("consent.create", {"person": ugo.pk, **left}, cast.ctx("carla"))
    run("email_suppression.create", {"email": "PIA@rossi.example"}, cast.ctx("ivo"))
    run("person.update", {"email": ""}, cast.ctx("carla"), target=leo.pk)
    stranger = run("person.create", {"last_name": "Neri", "email": "neri@rossi.example"}, cast.ctx("carla"))
    for person in (ugo, pia, leo, stranger):
        with pytest.raises(Invalid) as wrong:
            send(cast, template, person)
        assert "person" in wrong.value.errors
    people = [p.pk for p in (ugo, pia, leo, stranger, ivo)]
    assert set(refused("email", "person", people, {"template": template.pk})) == set(people) - {ivo.pk}


def test_no_more_mails_a_week_than_the_limit(cast, settings, template, willing):
    settings.EMAIL_WEEKLY_LIMIT = 1
    (ugo,) = willing("Ugo")
    first = send(cast, template, ugo)
    with pytest.raises(Invalid):
        send(cast, template, ugo)
    EmailMessage.objects.filter(pk=first.pk).update(state="sent", sent_at=timezone.now() - dt.timedelta(days=8))
    send(cast, template, ugo)


def test_who_leaves_while_the_message_waits_is_not_written_to(cast, server, template, willing):
    (ugo,) = willing("Ugo")
    message = send(cast, template, ugo)
    run(
        "consent.create",
        {"person": ugo.pk, "purpose": "email", "status": "withdrawn", "source": "phone"},
        cast.ctx("carla"),
    )
    sending.run()
    assert (server.mails, fresh(message).state) == ([], "suppressed")


def test_the_same_mailing_reaches_nobody_twice(cast, server, settings, template, willing):
    settings.EMAIL_WEEKLY_LIMIT = 9
    (ugo,) = willing("Ugo")
    messages = {send(cast, template, ugo, key="natale").pk for _ in range(3)}
    sending.run()
    sending.run()
    assert (len(messages), server.recipients) == (1, ["ugo@rossi.example"])
    send(cast, template, ugo, key="pasqua")
    sending.run()
    assert len(server.mails) == 2


def test_an_unknown_mailbox_bounces_and_is_never_written_to_again(cast, server, template, willing):
    ugo, pia = willing("Ugo", "Pia")
    server.refusals["ugo@rossi.example"] = "550 5.1.1 No such user"
    server.refusals["pia@rossi.example"] = "550 5.7.1 Not today"
    gone, refused_one = send(cast, template, ugo), send(cast, template, pia)
    sending.run()
    assert (fresh(gone).state, fresh(refused_one).state) == ("bounced", "bounced")
    assert "No such user" in fresh(gone).reason
    assert [one.reason for one in EmailSuppression.objects.all()] == ["bounced"]
    with pytest.raises(Invalid):
        send(cast, template, ugo)


def test_what_the_server_puts_off_is_tried_again_later_and_not_for_ever(cast, server, template, willing):
    (ugo,) = willing("Ugo")
    server.refusals["ugo@rossi.example"] = "451 4.7.1 Greylisted"
    message = send(cast, template, ugo)
    for attempt in range(1, sending.ATTEMPTS + 1):
        assert sending.run() is False
        now = fresh(message)
        assert now.attempts == attempt
        assert sending.run() is False
        EmailMessage.objects.filter(pk=message.pk).update(due_at=timezone.now())
    assert (now.state, server.mails) == ("failed", [])
    server.refusals.clear()
    run("email_message.retry", None, cast.ctx("carla"), target=message.pk)
    sending.run()
    assert (fresh(message).state, fresh(message).message_id) == ("sent", now.message_id)
    assert server.recipients == ["ugo@rossi.example"]


def test_a_server_that_is_away_loses_nothing(cast, settings, template, willing):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    (ugo,) = willing("Ugo")
    message = send(cast, template, ugo)
    with pytest.raises(OSError):
        jobs.send_waiting.func()
    assert (fresh(message).state, fresh(message).attempts) == ("queued", 0)


def test_no_domain_gets_more_than_its_share_of_a_minute(cast, server, settings, template, willing):
    settings.EMAIL_DOMAIN_PER_MINUTE = 2
    people = willing("Ugo", "Pia", "Leo", "Ada")
    run("person.update", {"email": "ada@bianchi.example"}, cast.ctx("carla"), target=people[3].pk)
    for person in people:
        send(cast, template, person)
    assert sending.run() is True
    assert len(server.mails) == 3
    assert sending.run() is True
    EmailMessage.objects.filter(state="sent").update(sent_at=timezone.now() - dt.timedelta(minutes=2))
    assert sending.run() is False
    assert len(server.mails) == 4


def test_a_decision_writes_once_and_its_message_and_clicks_are_on_the_timeline(cast, server, template, willing):
    (ugo,) = willing("Ugo")
    for _ in range(2):
        message = apply("email", "person", ugo.pk, {"template": template.pk}, Decision(77, NOW))
    sending.run()
    run("email_message.click", {"message": message.pk, "url": "https://shop.example/"}, Context(via="link"))
    run("email_message.click", {"message": message.pk, "url": "https://shop.example/"}, Context(via="link"))
    kinds = ["email_message.created", "email_message.sent", "email_message.clicked"]
    events = Event.objects.filter(kind__in=kinds).order_by("id")
    assert [(e.kind, e.data["decision_id"]) for e in events] == [(kind, 77) for kind in kinds]
    assert fresh(message).clicks == 2
    follower = registered()["timeline"]
    follower.handler([e for e in Event.objects.order_by("id") if follower.wants(e)])
    moments = customers.timeline(cast.actor("carla"), ugo, ["system"])
    assert [m.interaction.event_kind for m in moments] == ["email_message.clicked", "email_message.sent"]
    assert len(server.mails) == 1


def test_messages_are_seen_by_whoever_sees_the_person(cast, template, willing):
    (ugo,) = willing("Ugo")
    message = send(cast, template, ugo)
    for name, sees in (("carla", True), ("bruno", True), ("ivo", True), ("dario", False), ("marta", False)):
        mine = EmailMessage.objects.filter(visible(cast.actor(name), "email_message"))
        assert mine.filter(pk=message.pk).exists() is sees
    with pytest.raises(NotFound):
        send(cast, template, ugo, who="marta")
    with pytest.raises(Invalid):
        run("email_message.update", {"person": willing("Pia")[0].pk}, cast.ctx("bruno"), target=message.pk)


def test_of_a_suppressed_address_only_the_fingerprint_is_kept(cast):
    made = run("email_suppression.create", {"email": "Ugo.Rossi@Example.com"}, cast.ctx("ivo"))
    assert made.title == "U•••@example.com"
    kept = Event.objects.filter(module="email_suppression").values_list("changes", "data")
    assert "Rossi" not in str(list(kept)) + str(EmailSuppression.objects.values().get(pk=made.pk))
    with pytest.raises(Invalid):
        run("email_suppression.create", {"email": "ugo.rossi@example.com"}, cast.ctx("ivo"))


def test_an_erased_person_leaves_no_address_in_their_messages(cast, server, template, willing):
    (ugo,) = willing("Ugolino")
    message = send(cast, template, ugo)
    sending.run()
    run("person.erase", None, cast.ctx("anna", elevated=True), target=ugo.pk)
    kept = fresh(message)
    assert (kept.email, "Ugolino" in kept.subject) == ("", False)


def test_a_test_goes_to_oneself(cast, server, template):
    run("email_template.test", {"language": "it"}, cast.ctx("bruno"), target=template.pk)
    jobs.mail_test.func(template=template.pk, user=cast.bruno.pk, language="it")
    ((to, mail),) = server.mails
    assert (to, mail["Subject"]) == ("bruno@anello.example", "Prova: Novità per Maria")
    with pytest.raises(Invalid):
        run("email_template.test", {"language": "en"}, cast.ctx("bruno"), target=template.pk)


def test_who_may_be_written_to_is_asked_in_four_statements_whatever_the_number(willing, django_assert_num_queries):
    from anello.operations.marketing.queries import refusals

    people = willing(*(f"P{n}" for n in range(12)))
    with django_assert_num_queries(4):
        assert refusals([p.pk for p in people]) == {}
    assert get("person").model.objects.count() == 12
