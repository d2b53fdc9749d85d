"""What always holds for reports, dashboards, mails and alerts, and what is done with mails."""

from __future__ import annotations

from pydantic import TypeAdapter

from anello.core.actions import Change, Context, Invalid, action, rule
from anello.core.actions.registry import Nothing
from anello.core.modules import get
from anello.core.policies import Actor, visible
from anello.intelligence.reports import alerts, mailing, papers
from anello.intelligence.reports.definitions import Definition, Tile
from anello.intelligence.reports.engine import question
from anello.intelligence.reports.models import ReportMail
from anello.intelligence.reports.schedule import following
from anello.kit.text import L
from anello.warehouse.errors import WarehouseError


@rule("report")
def it_can_be_asked(ctx: Context, changes: list[Change]) -> None:
    for change in changes:
        if change.touches("definition"):
            try:
                question(ctx.actor, Definition.model_validate(change.record.definition))
            except Invalid as error:
                raise Invalid({"definition": error.messages}) from error


@rule("dashboard")
def its_reports_are_there(ctx: Context, changes: list[Change]) -> None:
    for change in changes:
        if not change.touches("layout"):
            continue
        tiles = TypeAdapter(list[Tile]).validate_python(change.record.layout)
        wanted = {tile.report for tile in tiles}
        found = get("report").model._default_manager.filter(visible(ctx.actor, "report"), pk__in=wanted)
        if gone := wanted - set(found.values_list("pk", flat=True)):
            raise Invalid({"layout": [L(f"Il report {min(gone)} non esiste.", f"There is no report {min(gone)}.")]})


@rule("report_mail")
def it_can_be_sent(ctx: Context, changes: list[Change]) -> None:
    """Its owner may open and export it, everybody it goes to may open it, and it is known when it leaves next."""
    for change in changes:
        mail = change.record
        if sum(map(bool, (mail.report_id, mail.dashboard_id, mail.ready))) != 1:
            raise Invalid({"report": [L("Scegli un report o un cruscotto.", "Choose a report or a dashboard.")]})
        if change.touches("report", "dashboard", "ready", "filters", "recipients", "owner"):
            _check_people(ctx.actor, mail)
        if change.touches("every", "weekday", "day", "hour", "owner") or (change.touches("paused") and not mail.paused):
            mail.next_at = following(mail, ctx.now)


def _check_people(actor: Actor, mail: ReportMail) -> None:
    # What its owner may do is asked at every turn.
    try:
        asked = papers.parts(actor, **mailing.source(mail))
    except papers.NoPaper as error:
        raise Invalid({"report": [str(error)]}) from error
    if not papers.exportable(actor, asked):
        words = L("Per mandarlo devi poter esportare questi dati.", "To send it you must be allowed to export it.")
        raise Invalid({"report": [words]})
    if not mail.recipients:
        raise Invalid({"recipients": [L("Scegli almeno una persona.", "Choose at least one person.")]})
    people = get("user").model._default_manager.filter(pk__in=mail.recipients, is_active=True)
    if gone := set(mail.recipients) - set(people.values_list("pk", flat=True)):
        raise Invalid({"recipients": [L(f"La persona {min(gone)} non c'è.", f"There is no person {min(gone)}.")]})
    for person in people:
        try:
            papers.parts(Actor.of(person), **mailing.source(mail))
        except papers.NoPaper as error:
            words = L(
                f"{person} non può aprirlo: condividilo prima.", f"{person} may not open it: share it with them first."
            )
            raise Invalid({"recipients": [words]}) from error


@action("report_mail.send", module="report_mail", label=L("Mandamene una ora", "Send me one now"), icon="send",
        undoable=False)  # fmt: skip
def send_me(ctx: Context, mail: ReportMail, data: Nothing) -> ReportMail:
    """To the one who asks, with the one's own figures."""
    if ctx.user is None:
        raise Invalid(L("Serve una persona.", "A person is needed."))
    _send(ctx, mail, [ctx.user.pk])
    return mail


@action("report_mail.send_all", module="report_mail", label=L("Manda a tutti ora", "Send to all now"),
        icon="mail", undoable=False)  # fmt: skip
def send_all(ctx: Context, mail: ReportMail, data: Nothing) -> ReportMail:
    """What a turn does, now: for what failed, or to be sure."""
    _send(ctx, mail, mail.recipients)
    return mail


def _send(ctx: Context, mail: ReportMail, users: list[int]) -> None:
    if stopped := mailing.obstacle(mail):
        raise Invalid(stopped)
    mailing.enqueue_turn(mail, users, ctx.now)


@action("report_mail.pause", module="report_mail", label=L("Sospendi", "Pause"), icon="player-pause",
        when=lambda mail: not mail.paused)  # fmt: skip
def pause(ctx: Context, mail: ReportMail, data: Nothing) -> ReportMail:
    return ctx.update(mail, {"paused": True})


@action("report_mail.resume", module="report_mail", label=L("Riattiva", "Switch on again"), icon="player-play",
        when=lambda mail: mail.paused)  # fmt: skip
def resume(ctx: Context, mail: ReportMail, data: Nothing) -> ReportMail:
    """From its next hour on; what was missed does not come."""
    if stopped := mailing.obstacle(mail):
        raise Invalid(stopped)
    return ctx.put(mail, {"paused": False, "problem": ""})


@rule("report_alert")
def it_can_be_watched(ctx: Context, changes: list[Change]) -> None:
    """The figure can be asked; where it stands when the alert is made is no news."""
    for change in changes:
        alert = change.record
        if not change.touches("report", "metric", "kind", "threshold"):
            continue
        if alert.kind == "change" and alert.threshold <= 0:
            raise Invalid({"threshold": [L("Un cambiamento è più di zero.", "A change is more than zero.")]})
        try:
            value, alert.currency, _measure = alerts.measured(ctx.actor, alert)
        except WarehouseError:
            # Before the first load there is no figure: the first one will be where it begins.
            alert.beyond, alert.value, alert.base = False, None, None
            continue
        alert.beyond = False
        alert.beyond, alert.value, alert.base = alert.kind != "change" and alerts.beyond(alert, value), value, value
