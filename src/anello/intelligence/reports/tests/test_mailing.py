"""Reports by mail: each with their own figures, tried again, told when it fails, stopped when it must be."""

from __future__ import annotations

import datetime as dt
import io
import smtplib
import socket
from email import message_from_bytes, policy

import openpyxl
import pytest
from aiosmtpd.controller import Controller
from django.utils import timezone

from anello.core.actions import Invalid, run
from anello.core.inbox import notices
from anello.intelligence.reports import jobs, mailing, papers
from anello.intelligence.reports.models import Delivery, ReportMail
from anello.intelligence.reports.schedule import following
from anello.intelligence.reports.tests.conftest import WON
from anello.intelligence.reports.tests.test_screens import as_, shown


class Server:
    """Keeps the mails by recipient; refuses everything while `refusing`."""

    def __init__(self) -> None:
        self.mails: dict[str, object] = {}
        self.refusing = False

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        if self.refusing:
            return "451 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:
        self.mails[envelope.rcpt_tos[0]] = message_from_bytes(envelope.content, policy=policy.default)
        return "250 OK"


@pytest.fixture
def server(settings):
    kept = Server()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(kept, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.BASE_URL = "https://crm.example.com"
    yield kept
    controller.stop()


@pytest.fixture
def report(cast, deals):
    return run("report.create", {"name": "Vinto", "definition": WON, "audience": "all"}, cast.ctx("bruno"))


@pytest.fixture
def mail(cast, report):
    """Every Monday at eight, to Bruno and Carla."""
    people = [cast.bruno.pk, cast.carla.pk]
    values = {"report": report.pk, "every": "weekly", "hour": 8, "format": "xlsx", "recipients": people}
    return run("report_mail.create", values, cast.ctx("bruno"))


def attachments(message):
    return {part.get_filename(): part.get_payload(decode=True) for part in message.iter_attachments()}


def sheet(content):
    return [list(row) for row in openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True)]


def turn(mail):
    """The hour has come: the turn begins, and everything it wants is sent."""
    ReportMail.objects.filter(pk=mail.pk).update(next_at=timezone.now() - dt.timedelta(minutes=1))
    jobs.begin_mails(int(timezone.now().timestamp()))
    for one in Delivery.objects.filter(state="waiting"):
        mailing.deliver(one.pk)


def test_everybody_gets_their_own_figures(cast, mail, server):
    turn(mail)
    totals = {}
    for address, message in server.mails.items():
        ((name, content),) = attachments(message).items()
        assert name == "Vinto.xlsx"
        totals[address] = sheet(content)[-1][-2:]
        assert f"https://crm.example.com/reports/{mail.report_id}/build/" in message.get_body().get_content()
    assert totals == {cast.bruno.email: [390, 3], cast.carla.email: [350, 2]}
    mail.refresh_from_db()
    assert mail.next_at > timezone.now()
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


def test_a_turn_happens_once(cast, mail, server):
    turn(mail)
    server.mails.clear()
    for one in Delivery.objects.all():
        mailing.deliver(one.pk)
    jobs.begin_mails(int(timezone.now().timestamp()))
    assert Delivery.objects.count() == 2
    assert server.mails == {}


def test_in_the_readers_language_and_form(cast, mail, server):
    cast.carla.language = "en"
    cast.carla.save()
    run("report_mail.update", {"format": "csv"}, cast.ctx("bruno"), target=mail.pk)
    turn(mail)
    csv = {to: next(iter(attachments(message).values())).decode() for to, message in server.mails.items()}
    assert "Totale · Importo (somma)" in csv[cast.bruno.email]
    assert "Total · Amount (sum)" in csv[cast.carla.email]
    run("report_mail.update", {"format": "pdf"}, cast.ctx("bruno"), target=mail.pk)
    turn(mail)
    assert next(iter(attachments(server.mails[cast.carla.email]).values())).startswith(b"%PDF")


def test_one_may_have_one_now(cast, mail, server):
    run("report_mail.send", {}, cast.ctx("bruno"), target=mail.pk)
    for one in Delivery.objects.filter(state="waiting"):
        mailing.deliver(one.pk)
    assert set(server.mails) == {cast.bruno.email}


def test_after_the_last_failure_the_owner_hears_once_what_to_do(cast, mail, server):
    server.refusing = True
    ReportMail.objects.filter(pk=mail.pk).update(next_at=timezone.now() - dt.timedelta(minutes=1))
    jobs.begin_mails(int(timezone.now().timestamp()))
    for one in Delivery.objects.all():
        with pytest.raises(smtplib.SMTPRecipientsRefused) as failed:
            mailing.deliver(one.pk)
        jobs.give_up(failed.value, delivery=one.pk)
    told = [n for n in notices.newest(cast.bruno, 10) if n.kind == "report"]
    assert len(told) == 1
    assert "non è partito" in told[0].text
    assert set(Delivery.objects.values_list("state", flat=True)) == {"failed"}
    page = shown(as_(cast.bruno).get(told[0].url))
    assert "451" in page
    server.refusing = False
    mailing.tell_failure(Delivery.objects.first().pk)
    assert "Non partito: Vinto" in server.mails[cast.bruno.email]["Subject"]


def test_whoever_may_not_open_it_is_no_recipient(cast, mail, report, server):
    run("report.update", {"audience": "me"}, cast.ctx("bruno"), target=report.pk)
    with pytest.raises(Invalid) as refused:
        run("report_mail.update", {"recipients": [cast.carla.pk]}, cast.ctx("bruno"), target=mail.pk)
    assert "recipients" in refused.value.errors
    turn(mail)
    assert set(server.mails) == {cast.bruno.email}
    assert Delivery.objects.get(user=cast.carla.pk).state == "refused"


def test_it_takes_the_right_to_export(cast, report):
    role = cast.bruno.roles.get()
    role.grants = {"opportunity": {"export": "none"}}
    role.save()
    with pytest.raises(Invalid):
        run("report_mail.create", {"report": report.pk, "recipients": [cast.bruno.pk]}, cast.ctx("bruno"))


def test_it_stops_when_its_owner_loses_the_right(cast, mail, server):
    role = cast.bruno.roles.get()
    role.grants = {"opportunity": {"export": "none"}}
    role.save()
    turn(mail)
    mail.refresh_from_db()
    assert mail.paused
    assert server.mails == {}
    assert "sospeso" in notices.newest(cast.bruno, 1)[0].text


def test_it_stops_when_its_owner_leaves_and_those_who_got_it_hear(cast, mail, server):
    cast.bruno.is_active = False
    cast.bruno.save()
    turn(mail)
    mail.refresh_from_db()
    assert mail.paused
    assert server.mails == {}
    assert "non arriva più" in notices.newest(cast.carla, 1)[0].text


def test_paused_nothing_leaves(cast, mail, server):
    run("report_mail.pause", {}, cast.ctx("bruno"), target=mail.pk)
    turn(mail)
    assert server.mails == {}
    run("report_mail.resume", {}, cast.ctx("bruno"), target=mail.pk)
    mail.refresh_from_db()
    assert not mail.paused
    assert mail.next_at > timezone.now()


def test_a_ready_made_dashboard_is_sent_whole(cast, deals, server):
    values = {"ready": "sales", "format": "xlsx", "recipients": [cast.bruno.pk]}
    mail = run("report_mail.create", values, cast.ctx("bruno"))
    assert mail.title == "Vendite"
    turn(mail)
    ((_name, content),) = attachments(server.mails[cast.bruno.email]).items()
    assert len(openpyxl.load_workbook(io.BytesIO(content)).worksheets) == 9
    with papers.as_reader(cast.bruno) as actor:
        asked = papers.parts(actor, ready="sales")
        ((_name, paper, kind),) = papers.files(actor, "Vendite", "pdf", asked)
    assert (paper[:4], kind) == (b"%PDF", "application/pdf")


def test_a_dashboard_is_sent_under_the_filters_it_was_scheduled_with(cast, report, server):
    board = run("dashboard.create", {"name": "Il mio", "layout": [{"report": report.pk}]}, cast.ctx("bruno"))
    bruno, page = as_(cast.bruno), f"/dashboards/{board.pk}/mail/?owner={cast.dario.pk}&period=this_year"
    assert "Responsabile: Dario Donati" in shown(bruno.get(page))
    form = {"every": "daily", "hour": "6", "weekday": "MO", "day": "1", "format": "xlsx"}
    bruno.post(page, {**form, "recipients": [cast.bruno.pk]})
    mail = ReportMail.objects.get()
    assert mail.filters == {"owner": str(cast.dario.pk), "period": "this_year"}
    assert mailing.address(mail) == f"/dashboards/{board.pk}/view/?period=this_year&owner={cast.dario.pk}"
    turn(mail)
    ((_name, content),) = attachments(server.mails[cast.bruno.email]).items()
    assert sheet(content)[-1][-2:] != [390, 3]
    with pytest.raises(Invalid):
        run("report_mail.update", {"filters": {"only": "["}}, cast.ctx("bruno"), target=mail.pk)


def test_lists_lead_to_scheduled_mails_and_alerts_for_those_who_see_them(cast, report):
    for address in ("/scheduled-mails/", "/alerts/"):
        assert f'href="{address}"' in as_(cast.bruno).get("/reports/").content.decode()
        assert f'href="{address}"' not in as_(cast.carla).get("/reports/").content.decode()


def test_it_is_scheduled_on_a_page(cast, report):
    bruno = as_(cast.bruno)
    page = f"/reports/{report.pk}/mail/"
    form = {"every": "daily", "hour": "6", "weekday": "MO", "day": "1", "format": "pdf"}
    assert bruno.get(page).status_code == 200
    assert bruno.post(page, form).status_code == 422
    saved = bruno.post(page, {**form, "recipients": [cast.bruno.pk]})
    assert "Bruno" in shown(bruno.get(saved.url))
    made = ReportMail.objects.get()
    assert bruno.get(f"/scheduled-mails/{made.pk}/edit/").status_code == 200
    assert as_(cast.marta).get(page).status_code == 404
    assert as_(cast.carla).get(page).status_code == 404


def test_a_report_is_taken_along_by_those_who_may_export(cast, report):
    answer = as_(cast.bruno).get(f"/reports/{report.pk}/file/", {"format": "xlsx"})
    assert sheet(answer.content)[-1][-2:] == [390, 3]
    assert as_(cast.carla).get(f"/reports/{report.pk}/file/", {"format": "xlsx"}).status_code == 404


@pytest.mark.parametrize(
    ("every", "after", "expected"),
    [
        ("daily", (2026, 3, 28, 12), (2026, 3, 29, 6)),
        ("daily", (2026, 3, 28, 7), (2026, 3, 29, 6)),
        ("weekly", (2026, 3, 30, 5), (2026, 3, 30, 6)),
        ("weekly", (2026, 3, 30, 6), (2026, 4, 6, 6)),
        ("monthly", (2026, 10, 1, 7), (2026, 11, 1, 7)),
    ],
)
def test_the_next_moment_is_the_hour_where_the_owner_lives(cast, every, after, expected):
    mail = ReportMail(every=every, weekday="MO", day=1, hour=8, owner=cast.bruno)
    assert following(mail, dt.datetime(*after, tzinfo=dt.UTC)) == dt.datetime(*expected, tzinfo=dt.UTC)
