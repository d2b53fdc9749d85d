"""The editor and the previews over HTTP."""

import re

import pytest

from anello.core.actions import run
from anello.operations.marketing import blocks
from anello.operations.marketing.models import EmailMessage, EmailTemplate
from anello.operations.marketing.tests.conftest import BODY

pytestmark = pytest.mark.django_db


@pytest.fixture
def enter(client, cast):
    def enter(name):
        client.force_login(getattr(cast, name))
        return client

    return enter


def test_a_template_is_written_in_the_editor_one_language_at_a_time(enter, template):
    page, address = enter("bruno"), f"/email-templates/{template.pk}/editor/"
    shown = page.get(f"{address}?language=en").content.decode()
    assert "Hello {{ person.first_name|and welcome }}" in shown
    wrong = page.post(address, {"language": "en", "subject": "Hi {{ person.x|y }}", "body": BODY, "version": 1})
    assert wrong.status_code == 422
    assert "person.x" in wrong.content.decode()
    answer = page.post(address, {"language": "en", "subject": "Hi", "body": BODY, "version": 1})
    assert answer.status_code == 302
    kept = EmailTemplate.objects.get(pk=template.pk)
    assert (kept.subject_en, kept.subject_it) == ("Hi", template.subject_it)
    stale = page.post(address, {"language": "en", "subject": "Ho", "body": BODY, "version": 1})
    assert stale.status_code == 409
    assert "Ho" in stale.content.decode()


def test_lines_end_as_browsers_send_them(enter, template):
    page, lines = enter("bruno"), blocks.start("it").replace("\n", "\r\n")
    assert "Ciao Maria" in page.post("/email-templates/preview/", {"body": lines, "language": "it"}).content.decode()
    data = {"language": "it", "subject": "Ciao", "body": lines, "version": 1}
    assert page.post(f"/email-templates/{template.pk}/editor/", data).status_code == 302


def test_a_preview_runs_nothing_and_stands_in_our_own_frames_only(enter, template):
    page = enter("ivo")
    answers = [
        page.get(f"/email-templates/{template.pk}/preview/?language=it"),
        page.post("/email-templates/preview/", {"subject": "Ciao", "body": BODY, "language": "it"}),
    ]
    for answer in answers:
        assert "Ciao Maria" in answer.content.decode()
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'self'" in policy
        assert answer["X-Frame-Options"] == "SAMEORIGIN"


def test_the_page_of_a_template_counts_what_became_of_its_messages(enter, cast, template, willing):
    (ugo,) = willing("Ugo")
    made = run("email_message.send", {"template": template.pk, "person": ugo.pk}, cast.ctx("bruno"))
    EmailMessage.objects.filter(pk=made.pk).update(state="bounced")
    page = enter("ivo").get(f"/email-templates/{template.pk}/").content.decode()
    assert re.search(r"Respinte o non riuscite</span>\s*<span class=\"tile-value\">1</span>", page)


def test_a_draft_that_cannot_be_shown_says_why(enter, cast):
    answer = enter("ivo").post("/email-templates/preview/", {"subject": "", "body": "<mjml>", "language": "en"})
    assert "MJML" in answer.content.decode()


def test_outsiders_and_readers_find_no_editor(enter, template):
    for name in ("marta", "carla"):
        assert enter(name).get(f"/email-templates/{template.pk}/editor/").status_code in (403, 404)
        assert enter(name).get(f"/email-templates/{template.pk}/preview/").status_code == 404
        assert enter(name).post("/email-templates/preview/", {"body": BODY}).status_code == 404
