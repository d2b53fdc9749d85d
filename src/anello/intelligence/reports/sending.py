"""Screens of scheduled mails and alerts, and a report as a file."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from anello.core.accounts.middleware import actor_of, gesture
from anello.core.actions import Invalid, run
from anello.core.modules import get
from anello.core.policies import can, visible
from anello.core.search.records import titles_of
from anello.core.ui import formats
from anello.core.ui.answers import go
from anello.core.ui.gate import signed_in
from anello.core.ui.records.found import found
from anello.core.ui.shell.dashboards import dashboards
from anello.core.ui.toasts import toast
from anello.intelligence.reports import linking, papers, queries
from anello.intelligence.reports.asking import stored
from anello.intelligence.reports.models import ReportAlert, ReportMail
from anello.intelligence.reports.module import ALERT, ALERTS, EVERY, FORMATS, MAIL, WEEKDAYS
from anello.intelligence.reports.pivot import show
from anello.intelligence.reports.semantics import semantics
from anello.kit.errors import BadValue
from anello.kit.numbers import parse_number, whole

BAD = 422
NAMES = ("every", "weekday", "day", "hour", "format")


@signed_in
@require_http_methods(["GET", "POST"])
def of_report(request: HttpRequest, pk: int) -> HttpResponse:
    """`/reports/{id}/mail/`: schedule a report."""
    record = queries.report(request, pk)
    return _mail(request, None, {"report": pk}, record.title, reverse("reports:edit", args=[pk]))


@signed_in
@require_http_methods(["GET", "POST"])
def of_dashboard(request: HttpRequest, pk: int) -> HttpResponse:
    """`/dashboards/{id}/mail/`: schedule a dashboard."""
    record = queries.dashboard(request, pk)
    return _mail(
        request,
        None,
        {"dashboard": pk, "filters": linking.chosen(request.GET)},
        record.title,
        reverse("reports:dashboard", args=[pk]),
    )


@signed_in
@require_http_methods(["GET", "POST"])
def of_ready(request: HttpRequest, name: str) -> HttpResponse:
    """`/dashboards/ready/{name}/mail/`: schedule a ready-made dashboard."""
    found = next((one for one in dashboards(actor_of(request)) if one.name == name), None)
    if found is None:
        raise Http404(name)
    what = {"ready": name, "filters": linking.chosen(request.GET)}
    return _mail(request, None, what, str(found.label), reverse("reports:ready", args=[name]))


@signed_in
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """`/scheduled-mails/{id}/edit/`."""
    mail: Any = found(request, MAIL, pk, "edit")
    return _mail(request, mail, {}, mail.title, reverse("ui:record", args=[MAIL.slug, pk]))


def _mail(request: HttpRequest, mail: Any, what: dict[str, Any], title: str, back: str) -> HttpResponse:
    actor = actor_of(request)
    if not can(actor, MAIL, "create"):
        raise Http404(request.path)
    typed = request.POST
    errors: dict[str, list[str]] = {}
    ids = [pk for value in typed.getlist("recipients") if (pk := whole(value)) is not None]
    if request.method == "POST":
        values = {name: typed[name] for name in NAMES if typed.get(name)} | {"recipients": ids} | what
        try:
            if mail is None:
                saved = run("report_mail.create", values, gesture(request))
            else:
                version = whole(typed.get("version")) or mail.version
                saved = run("report_mail.update", values, gesture(request), target=mail.pk, version=version)
        except Invalid as error:
            errors = error.errors
        else:
            toast(request, _("It leaves on %(moment)s.") % {"moment": formats.moment(saved.next_at)})
            return go(request, reverse("ui:record", args=[MAIL.slug, saved.pk]))
    kept = mail or ReportMail(recipients=[actor.id])
    shown = {name: typed.get(name, getattr(kept, name)) for name in NAMES}
    people = ids if request.method == "POST" else kept.recipients
    named = titles_of(actor, get("user"), people)
    same = {name: value for name, value in what.items() if name != "filters"}
    others = ReportMail.objects.filter(visible(actor, MAIL), **same).order_by("-pk")[:20] if same else []
    context = {
        "title": title,
        "back": back,
        "mail": mail,
        "filters": linking.sentences(actor, what.get("filters", kept.filters)),
        "shown": shown,
        "errors": errors,
        "general": [m for name, many in errors.items() if name not in (*NAMES, "recipients") for m in many],
        "everies": [(o.value, str(o.label)) for o in EVERY],
        "formats": [(o.value, str(o.label)) for o in FORMATS],
        "weekdays": [(o.value, str(o.label)) for o in WEEKDAYS],
        "days": [(day, str(day)) for day in range(1, 29)],
        "hours": [(hour, f"{hour:02}:00") for hour in range(24)],
        "chosen": [(pk, named["user", pk]) for pk in people if ("user", pk) in named],
        "others": [(one, reverse("ui:record", args=[MAIL.slug, one.pk])) for one in others],
    }
    return render(request, "reports/mail.html", context, status=BAD if errors else 200)


@signed_in
@require_http_methods(["GET", "POST"])
def alert(request: HttpRequest, pk: int) -> HttpResponse:
    """`/reports/{id}/alert/`: be told when the total of a report passes a threshold."""
    record = queries.report(request, pk)
    actor = actor_of(request)
    definition = stored(record.definition)
    if definition is None or not can(actor, ALERT, "create"):
        raise Http404(request.path)
    try:
        known = semantics(actor, definition.module)
    except Invalid as error:
        shown = {"errors": error.messages, "record": record}
        return render(request, "reports/unreadable.html", shown, status=BAD)
    measures = [(key, known.measures[key].label) for key in definition.metrics if key in known.measures]
    typed = request.POST
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        values = {
            "report": pk,
            "metric": typed.get("metric", ""),
            "kind": typed.get("kind", ""),
            "mail": "mail" in typed,
        }
        try:
            values["threshold"] = parse_number(typed.get("threshold", ""), formats.locale())
            run("report_alert.create", values, gesture(request))
        except BadValue as error:
            errors = {"threshold": [str(error)]}
        except Invalid as error:
            errors = error.errors
        else:
            toast(request, _("You will be told."))
            return go(request, request.path)
    mine = ReportAlert.objects.filter(visible(actor, ALERT), report=pk).order_by("-pk")[:20]
    words = {o.value: str(o.label) for o in ALERTS}
    context = {
        "title": record.title,
        "back": reverse("reports:edit", args=[pk]),
        "typed": typed,
        "errors": errors,
        "general": [m for name, many in errors.items() if name not in ("threshold", "metric") for m in many],
        "measures": measures,
        "kinds": list(words.items()),
        "alerts": [
            {
                "record": one,
                "url": reverse("ui:record", args=[ALERT.slug, one.pk]),
                "kind": words[one.kind],
                "measure": measure.label if measure else one.metric,
                "value": show(measure, one.value, one.currency) if measure else "",
            }
            for one in mine
            for measure in [known.measures.get(one.metric)]
        ],
    }
    return render(request, "reports/alert.html", context, status=BAD if errors else 200)


@signed_in
@require_GET
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """`/reports/{id}/file/?format=pdf|xlsx|csv`: the report with one's own figures, for those who may export them."""
    record = queries.report(request, pk)
    actor, form = actor_of(request), request.GET.get("format", "")
    try:
        asked = papers.parts(actor, report=pk)
        if form not in papers.TYPES or not papers.exportable(actor, asked):
            raise Http404(request.path)
        ((_name, content, kind),) = papers.files(actor, record.title, form, asked)
    except papers.NoPaper as error:
        toast(request, str(error), kind="danger")
        return go(request, reverse("reports:edit", args=[pk]))
    response = HttpResponse(content, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{slugify(record.title) or "report"}.{form}"'
    return response
