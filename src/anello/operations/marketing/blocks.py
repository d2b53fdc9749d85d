"""What the editor offers to begin with: a whole mail, and its parts."""

from __future__ import annotations

from anello.kit.text import L

START = """<mjml>
  <mj-head>
    <mj-preview>{preview}</mj-preview>
    <mj-attributes>
      <mj-all font-family="Arial, Helvetica, sans-serif" />
      <mj-text font-size="16px" line-height="24px" color="#1f2937" />
      <mj-button background-color="#0f766e" border-radius="6px" font-size="16px" />
    </mj-attributes>
  </mj-head>
  <mj-body background-color="#f3f4f6">
    <mj-section background-color="#ffffff" padding="32px 16px">
      <mj-column>
        <mj-text>{hello}</mj-text>
        <mj-text>{text}</mj-text>
        <mj-button href="https://www.example.com/">{button}</mj-button>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
"""
_WORDS = {
    "it": {
        "preview": "Le parole che si leggono accanto all'oggetto.",
        "hello": "Ciao {{ person.first_name|e benvenuto }},",
        "text": "scrivi qui che cosa vuoi dire.",
        "button": "Scopri di più",
    },
    "en": {
        "preview": "The words that are read beside the subject.",
        "hello": "Hello {{ person.first_name|and welcome }},",
        "text": "write here what you want to say.",
        "button": "Find out more",
    },
}
_SECTION = """    <mj-section background-color="#ffffff" padding="16px">
      <mj-column>
        {}
      </mj-column>
    </mj-section>
"""
_HEADING = '<mj-text font-size="24px" line-height="32px" font-weight="700">…</mj-text>'
_TWO = """    <mj-section background-color="#ffffff" padding="16px">
      <mj-column><mj-text>…</mj-text></mj-column>
      <mj-column><mj-text>…</mj-text></mj-column>
    </mj-section>
"""
BLOCKS: list[tuple[L, str]] = [
    (
        L("Titolo", "Heading"),
        _SECTION.format('<mj-text font-size="24px" line-height="32px" font-weight="700">…</mj-text>'),
    ),
    (L("Testo", "Text"), _SECTION.format("<mj-text>…</mj-text>")),
    (L("Pulsante", "Button"), _SECTION.format('<mj-button href="https://">…</mj-button>')),
    (L("Immagine", "Image"), _SECTION.format('<mj-image src="https://" alt="…" />')),
    (L("Due colonne", "Two columns"), _TWO),
    (L("Linea", "Line"), _SECTION.format('<mj-divider border-width="1px" border-color="#e5e7eb" />')),
]


def start(language: str) -> str:
    """A mail to begin with."""
    text = START
    for name, words in _WORDS[language].items():
        text = text.replace(f"{{{name}}}", words)
    return text
