"""Is the organisation ready? A questionnaire over three kinds of capital, whose score scales what a CRM will change.

Intellectual capital is strategy and processes, social capital structure, culture and skills, technological capital data
and information technology. Answers go from 1 (not at all) to 5 (entirely).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from anello.kit.text import L

LEAST = 0.25
"""Of the effect, for who answers 1 to everything: some use of a CRM happens anyway. A judgement, not a measurement."""
SCALE = (1, 2, 3, 4, 5)


@dataclass(frozen=True)
class Question:
    name: str
    text: L


@dataclass(frozen=True)
class Dimension:
    """A subject of the questionnaire, and what to do first where it is weak."""

    name: str
    capital: str
    label: L
    questions: tuple[Question, ...]
    advice: L


CAPITALS = {
    "intellectual": L("Capitale intellettuale", "Intellectual capital"),
    "social": L("Capitale sociale", "Social capital"),
    "technological": L("Capitale tecnologico", "Technological capital"),
}
DIMENSIONS = (
    Dimension(
        "strategy", "intellectual", L("Strategia", "Strategy"),
        (
            Question("goals", L("Sappiamo quali clienti vogliamo e che cosa vale per noi un cliente.",
                                "We know which customers we want, and what a customer is worth to us.")),
            Question("sponsor", L("Chi dirige sostiene il progetto e ne misura i risultati.",
                                  "Those who lead stand behind the project and measure its results.")),
        ),
        L("Scrivi tre obiettivi misurabili sui clienti e chi ne risponde.",
          "Write down three measurable goals about customers and who answers for each."),
    ),
    Dimension(
        "processes", "intellectual", L("Processi", "Processes"),
        (
            Question("shared", L("Marketing, vendite e assistenza seguono processi scritti e condivisi.",
                                 "Marketing, sales and service follow written, shared processes.")),
            Question("measured", L("Misuriamo tempi e qualità di ciò che il cliente vede.",
                                   "We measure time and quality of what the customer sees.")),
        ),
        L("Disegna i tre processi che il cliente vede di più e togli i passaggi inutili prima di automatizzarli.",
          "Draw the three processes that customers see most, and cut their needless steps before automating."),
    ),
    Dimension(
        "structure", "social", L("Struttura", "Structure"),
        (
            Question("owner", L("Ogni cliente ha un responsabile, e le squadre hanno obiettivi comuni.",
                                "Every customer has somebody who answers for it, and teams share goals.")),
            Question("time", L("Le persone hanno tempo previsto per il progetto.",
                               "People have time set aside for the project.")),
        ),
        L("Nomina un responsabile per segmento e un referente del progetto in ogni squadra.",
          "Name an owner for each segment and a person of the project in every team."),
    ),
    Dimension(
        "culture", "social", L("Cultura", "Culture"),
        (
            Question("customer", L("Le decisioni partono dal cliente, non dal prodotto.",
                                   "Decisions start from the customer, not from the product.")),
            Question("sharing", L("Quello che si sa di un cliente si condivide.",
                                  "What is known of a customer is shared.")),
        ),
        L("Fai rientrare l'uso del CRM e la soddisfazione dei clienti negli obiettivi e nei premi.",
          "Make use of the CRM and customers' satisfaction part of goals and incentives."),
    ),
    Dimension(
        "skills", "social", L("Competenze", "Skills"),
        (
            Question("use", L("Chi sta con i clienti sa usare gli strumenti che ha.",
                              "Those who meet customers know how to use the tools they have.")),
            Question("analysis", L("C'è chi sa leggere i dati e trarne azioni.",
                                   "There are people who read data and turn them into action.")),
        ),
        L("Prevedi formazione per ruolo, con esercizi sui tuoi dati, anche dopo l'avvio.",
          "Plan training by role, with exercises on your own data, also after the start."),
    ),
    Dimension(
        "data", "technological", L("Dati", "Data"),
        (
            Question("quality", L("I dati dei clienti sono completi, aggiornati e senza doppioni.",
                                  "Customer data are complete, current and free of duplicates.")),
            Question("consent", L("Sappiamo per ogni cliente che cosa possiamo fare dei suoi dati.",
                                  "For every customer we know what we may do with the data.")),
        ),
        L("Importa, unisci i doppioni e assegna a ogni fonte un responsabile prima dell'avvio.",
          "Import, merge duplicates and give every source an owner before the start."),
    ),
    Dimension(
        "technology", "technological", L("Tecnologia", "Information technology"),
        (
            Question("integration", L("I sistemi con dati dei clienti si parlano.",
                                      "The systems that hold customer data talk to each other.")),
            Question("support", L("C'è chi mantiene i sistemi e aiuta chi li usa.",
                                  "There is somebody who maintains systems and helps those who use them.")),
        ),
        L("Elenca i sistemi con dati dei clienti e collega prima quelli che servono ogni giorno.",
          "List the systems with customer data, and connect first those needed every day."),
    ),
)  # fmt: skip
QUESTIONS = {f"{d.name}_{q.name}": q for d in DIMENSIONS for q in d.questions}


@dataclass(frozen=True)
class Score:
    """Scores from 0 to 1; None where nothing was answered."""

    total: float | None
    by_dimension: Mapping[str, float | None]
    by_capital: Mapping[str, float | None]
    answered: int

    @property
    def adoption(self) -> float:
        """The share of the full effect to expect; the whole of it while nothing was answered."""
        return 1.0 if self.total is None else LEAST + (1 - LEAST) * self.total

    @property
    def weakest(self) -> list[Dimension]:
        """The dimensions below the middle, the worst first, at most three."""
        weak = [(s, d) for d in DIMENSIONS if (s := self.by_dimension[d.name]) is not None and s < 0.5]
        return [d for _, d in sorted(weak, key=lambda one: one[0])[:3]]


def score(answers: Mapping[str, int]) -> Score:
    """Of {`dimension_question`: 1 to 5}; capitals weigh alike, and dimensions within them."""
    by_dimension = {
        d.name: _mean([(answers[key] - 1) / 4 for q in d.questions if (key := f"{d.name}_{q.name}") in answers])
        for d in DIMENSIONS
    }
    by_capital = {
        capital: _mean([s for d in DIMENSIONS if d.capital == capital and (s := by_dimension[d.name]) is not None])
        for capital in CAPITALS
    }
    total = _mean([s for s in by_capital.values() if s is not None])
    return Score(total, by_dimension, by_capital, len(answers))


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None
