"""The calculator over HTTP."""

import io
from decimal import Decimal

import pytest
from pypdf import PdfReader

from anello.core.actions import Invalid, run
from anello.intelligence.worth import measured as registry
from anello.intelligence.worth.form import texts
from anello.intelligence.worth.inputs import Inputs
from anello.intelligence.worth.measured import Measured
from anello.intelligence.worth.models import BusinessCase
from anello.intelligence.worth.readiness import QUESTIONS
from anello.kit.text import L

pytestmark = pytest.mark.django_db


@pytest.fixture
def ivo(client, cast):
    client.force_login(cast.ivo)
    return client


def filled(**changed):
    return {**texts(Inputs(), "it"), "name": "Piano 2027", **{key.replace("__", "."): v for key, v in changed.items()}}


def test_a_saved_case_opens_again_with_its_results_and_prints(ivo):
    answers = {f"answer.{name}": "4" for name in QUESTIONS}
    answered = ivo.post("/worth/", {**filled(market__buyers="80.000"), **answers})
    assert answered.status_code == 302
    page = ivo.get(answered.url).content.decode()
    assert 'value="80.000"' in page
    case = BusinessCase.objects.get()
    # Readiness 3/4 of the way from 1 to 5.
    assert case.adoption == Decimal("81.25")
    assert case.inputs["market"]["buyers"] == 80_000
    paper = PdfReader(io.BytesIO(ivo.get(f"{answered.url}pdf/").content))
    words = " ".join(page.extract_text() for page in paper.pages)
    assert "Piano 2027" in words
    assert "80.000" in words


def test_results_follow_what_one_types(ivo):
    rich = ivo.post("/worth/figures/", filled(costs__project="0")).content.decode()
    poor = ivo.post("/worth/figures/", filled(costs__project="9.000.000")).content.decode()
    assert "Valore attuale netto" in rich
    assert rich != poor
    assert "non entro il piano" in poor


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"market__ours": "60.000"}, "meno degli acquirenti"),
        ({"economics__margin": "140"}, "Fuori dai limiti"),
        ({"market__years": "4,5"}, "numero intero"),
        ({"costs__project": "tanto"}, "Scrivi un numero"),
        ({"levers__churn__low": "50"}, "basso ≤ probabile ≤ alto"),
        ({"economics__retention": "96"}, "deve superare il tasso di oggi"),
        ({"name": ""}, "Serve un valore"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(ivo, typed, said):
    answered = ivo.post("/worth/", filled(**typed))
    page = answered.content.decode()
    assert answered.status_code == 422
    assert said in page
    assert all(f'value="{value}"' in page for value in typed.values() if value)
    assert not BusinessCase.objects.exists()


def test_the_api_stores_only_whole_cases_and_works_out_their_results(cast):
    ctx = cast.ctx("ivo", "api")
    case = run("business_case.create", {"name": "Base"}, ctx)
    assert case.npv is not None
    assert case.inputs["market"]["years"] == 5
    with pytest.raises(Invalid) as raised:
        run("business_case.update", {"inputs": {"market": {"buyers": 10, "ours": 1}}}, ctx, target=case.pk)
    assert "inputs" in raised.value.errors
    with pytest.raises(Invalid):
        run("business_case.update", {"answers": {"data_quality": 9}}, ctx, target=case.pk)


def test_somebody_elses_change_is_not_overwritten(ivo, cast):
    url = ivo.post("/worth/", filled()).url
    case = BusinessCase.objects.get()
    run("business_case.update", {"name": "Nuovo nome"}, cast.ctx("ivo"), target=case.pk)
    answered = ivo.post(url, {**filled(name="Mio nome"), "version": str(case.version)})
    assert answered.status_code == 409
    assert 'value="Mio nome"' in answered.content.decode()


def test_what_the_ring_measured_takes_the_place_of_guesses(ivo, monkeypatch):
    source = L("3 politiche", "3 policies")
    found = [Measured("churn", 0.02, 0.05, 0.08, source), Measured("churn", -0.3, 0.2, 0.9, source)]
    monkeypatch.setattr(registry, "_sources", [lambda actor: found])
    assert "3 politiche" in ivo.get("/worth/").content.decode()
    page = ivo.get("/worth/?measured=1").content.decode()
    for path, value in (("low", 2), ("likely", 5), ("high", 8)):
        assert f'name="levers.churn.{path}"' in page
        assert f'value="{value}"' in page


def test_outsiders_and_those_without_analysis_have_no_calculator(client, cast):
    client.force_login(cast.ivo)
    url = client.post("/worth/", filled()).url
    for who in (cast.marta, cast.carla):
        client.force_login(who)
        assert client.get("/worth/").status_code == 404
        assert client.get(url).status_code == 404
        assert client.post("/worth/figures/", filled()).status_code == 404
