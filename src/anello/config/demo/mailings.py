"""The e-mails of the demo company: what it writes to customers, new, silent and loyal."""

from __future__ import annotations

from anello.config.demo.story import Story, Thread

_MAIL = """<mjml>
  <mj-head>
    <mj-preview>{preview}</mj-preview>
    <mj-attributes>
      <mj-all font-family="Helvetica, Arial, sans-serif" />
      <mj-text font-size="16px" line-height="25px" color="#27303a" padding="8px 24px" />
      <mj-button background-color="#0d6968" color="#ffffff" border-radius="6px" font-size="16px"
                 font-weight="600" inner-padding="12px 24px" />
    </mj-attributes>
    <mj-style>
      @media (prefers-color-scheme: dark) {{
        .page, .page table {{ background-color: #14171b !important; }}
        .page div {{ color: #e9ebee !important; }}
      }}
    </mj-style>
  </mj-head>
  <mj-body background-color="#f1efe9">
    <mj-section background-color="#16393a" padding="20px 8px">
      <mj-column>
        <mj-text color="#ffffff" font-size="18px" font-weight="700" letter-spacing="1px">AURORA ARREDI</mj-text>
      </mj-column>
    </mj-section>
    <mj-section background-color="#ffffff" padding="24px 8px" css-class="page">
      <mj-column>
        <mj-text font-size="26px" line-height="34px" font-weight="700">{title}</mj-text>
{paragraphs}
        <mj-button href="{url}" align="left" padding="16px 24px">{button}</mj-button>
        <mj-text>{goodbye}<br />{{{{ owner.first_name|Il team }}}} {{{{ owner.last_name|Aurora Arredi }}}}</mj-text>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
"""


def _mail(preview: str, title: str, paragraphs: list[str], button: str, url: str, goodbye: str = "A presto,") -> str:
    texts = "\n".join(f"        <mj-text>{text}</mj-text>" for text in paragraphs)
    return _MAIL.format(preview=preview, title=title, paragraphs=texts, button=button, url=url, goodbye=goodbye)


TEMPLATES = [
    (
        "Benvenuto dopo il primo acquisto",
        "{{ person.first_name|Ciao }}, grazie per averci scelto",
        _mail(
            "Due minuti per sfruttare al meglio ciò che hai scelto.",
            "Benvenuto in Aurora Arredi",
            [
                "Ciao {{ person.first_name|e grazie }},",
                "il tuo ordine è in buone mani. Nei prossimi giorni ti diremo quando arriva; intanto abbiamo raccolto "
                "qualche consiglio per montare, regolare e curare i tuoi nuovi arredi.",
                "Se qualcosa non ti convince, rispondi a questa e-mail: legge una persona, non una macchina.",
            ],
            "Leggi i consigli",
            "https://www.aurora-arredi.example/consigli",
        ),
    ),
    (
        "Ci manchi: 10% per tornare",
        "È passato un po' di tempo, {{ person.first_name|come va }}?",
        _mail(
            "Il 10% su tutto il catalogo, fino alla fine del mese.",
            "Ci rivediamo?",
            [
                "Ciao {{ person.first_name|di nuovo }},",
                "è da un po' che non ti sentiamo, e nel frattempo il catalogo è cambiato: sedute nuove, scrivanie che "
                "si alzano in silenzio, tessuti riciclati.",
                "Per ritrovarci ti riserviamo il <strong>10% su tutto</strong>. Basta dire il tuo nome a chi ti segue, "
                "o ordinare dal sito entro la fine del mese.",
            ],
            "Guarda le novità",
            "https://www.aurora-arredi.example/novita?da={{ person.city|Italia }}",
        ),
    ),
    (
        "Anteprima per i clienti fedeli",
        "In anteprima per {{ organisation.name|te }}: la collezione Orizzonte",
        _mail(
            "La vedi una settimana prima di tutti.",
            "Orizzonte, una settimana prima",
            [
                "Gentile {{ person.first_name|cliente }},",
                "chi lavora con noi da tempo merita di vedere le cose per primo. La collezione Orizzonte esce la "
                "settimana prossima: tavoli riunione, pareti e sedute pensati per gli uffici di oggi.",
                "Vieni a provarla nello showroom di {{ person.city|Milano }} o più vicino a te: ti offriamo il caffè "
                "e il progetto degli spazi.",
            ],
            "Prenota una visita",
            "https://www.aurora-arredi.example/orizzonte",
            "Con stima,",
        ),
    ),
]  # fmt: skip


def written(story: Story) -> Thread:
    """The analyst writes the company's three mails, one after the other."""
    for name, subject, body in TEMPLATES:
        story.act("ivo", "email_template.create", {"name": name, "subject_it": subject, "body_it": body})
        yield 2
