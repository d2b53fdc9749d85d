"""Templates: refused when they make no sense, safe whatever customers are called."""

import pytest

from anello.core.actions import Invalid, run
from anello.operations.marketing import rendering
from anello.operations.marketing.samples import sample
from anello.operations.marketing.tests.conftest import BODY

pytestmark = pytest.mark.django_db


def body(inner: str) -> str:
    return f"<mjml><mj-body><mj-section><mj-column>{inner}</mj-column></mj-section></mj-body></mjml>"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"subject_it": "Ciao {{ person.nickname|x }}", "body_it": BODY}, "subject_it"),
        ({"subject_it": "Ciao {{ person.first_name }}", "body_it": BODY}, "subject_it"),
        ({"subject_it": "Ciao", "body_it": body("<mj-text>{{ settings.SECRET_KEY|x }}</mj-text>")}, "body_it"),
        ({"subject_it": "Ciao", "body_it": body("<mj-text>{{ unsubscribe }}</mj-text>").replace("unsubscribe", "no")}, "body_it"),
        ({"subject_it": "Ciao", "body_it": "<mjml><mj-body>"}, "body_it"),
        ({"subject_it": "Ciao", "body_it": "solo testo"}, "body_it"),
        ({"subject_it": "Ciao", "body_it": body("<mj-nothing />")}, "body_it"),
        ({"subject_it": "Ciao", "body_it": body("<mj-include path='/etc/passwd' />")}, "body_it"),
        ({"subject_it": "Ciao", "body_it": body("<mj-raw><script>alert(1)</script></mj-raw>")}, "body_it"),
        ({"subject_it": "Ciao", "body_it": body("<mj-text><b onclick='x()'>b</b></mj-text>")}, "body_it"),
        ({"subject_it": "Ciao", "body_it": body("<mj-text><a href='javascript:x()'>b</a></mj-text>")}, "body_it"),
        ({"subject_it": "Ciao", "body_it": body("<mj-text><a href='https://{{ person.city|x }}/'>b</a></mj-text>")}, "body_it"),
        ({"subject_it": "Ciao", "body_it": body("<mj-text><a href='/qui'>b</a></mj-text>")}, "body_it"),
        ({"subject_it": "Ciao"}, "body_it"),
        ({"body_en": BODY}, "subject_en"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_at_its_field(cast, values, field):
    with pytest.raises(Invalid) as wrong:
        run("email_template.create", {"name": "X", **values}, cast.ctx("bruno"))
    assert set(wrong.value.errors) == {field}


def test_values_are_data_wherever_they_stand(template, cast):
    values = {
        **sample(cast.carla),
        "person.first_name": "<script>\"{{x}}'\r\nBcc: a@b.example",
        "person.city": 'a"&b c',
    }
    written = rendering.of(template, "it").write(values, "https://crm.example.com/u")
    assert "<script>" not in written.html
    assert "\n" not in written.subject
    assert 'href="https://shop.example/?a=1&amp;c=a%22%26b%20c"' in written.html


def test_a_mail_has_a_plain_text_and_a_way_out_in_its_language(template, cast):
    written = rendering.of(template, "it").write(sample(cast.carla), "https://crm.example.com/u")
    assert "Ciao Maria, è [tutto qui](https://shop.example/?a=1&c=Milano)" in written.text
    assert "<" not in written.text
    assert "(https://crm.example.com/u)" in written.text
    assert 'href="https://crm.example.com/u"' in written.html
    assert "mailto:noi@shop.example" in written.html


def test_a_mail_asks_nobody_else_for_fonts(template, cast):
    written = rendering.of(template, "it").write(sample(cast.carla), "https://crm.example.com/u")
    assert "fonts.googleapis.com" not in written.html


def test_a_template_is_compiled_once(template, cast, monkeypatch):
    first = rendering.of(template, "it")
    monkeypatch.setattr(rendering.mrml, "to_html", None)
    assert rendering.of(template, "it") is first


def test_of_two_languages_the_persons_own_is_taken_else_the_other(template):
    assert rendering.language_for(template, "en") == "it"
    template.body_en = BODY
    assert rendering.language_for(template, "en") == "en"
