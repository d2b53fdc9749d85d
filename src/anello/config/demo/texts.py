"""What people of an office furniture maker write about their customers."""

from __future__ import annotations

PROJECTS = ["Nuova sede", "Ampliamento uffici", "Postazioni regolabili", "Sala riunioni", "Area reception",
            "Sedute ergonomiche", "Open space secondo piano", "Sala consiglio", "Cabine acustiche", "Area pausa",
            "Rinnovo arredi", "Archivio e contenitori", "Uffici direzionali", "Spogliatoi e mensa"]  # fmt: skip
BODY_PROJECTS = ["Arredi aule", "Arredo uffici anagrafe", "Sala consiliare", "Biblioteca: tavoli e scaffali",
                 "Sportello al pubblico", "Sedute ergonomiche dipendenti"]  # fmt: skip
STEPS = ["Richiamare dopo il sopralluogo", "Mandare i campioni dei tessuti", "Fissare la visita in showroom",
         "Aggiornare la planimetria", "Sentire l'ufficio acquisti", "Chiedere conferma delle quantità",
         "Verificare i tempi di consegna"]  # fmt: skip
CALLS = [
    ("Primo contatto", "Vogliono rinnovare gli uffici entro l'anno. Mi ha chiesto il catalogo e qualche referenza."),
    ("Richiesta informazioni", "Chiede i tempi di consegna delle scrivanie regolabili: confermate cinque settimane."),
    ("Aggiornamento sul progetto", "Il progetto è in approvazione, ci risentiamo la prossima settimana."),
    ("Chiarimenti sul preventivo", "Dubbi sul montaggio: spiegato che è compreso nel trasporto al piano."),
    ("Sollecito decisione", "Aspettano il via libera dell'amministrazione, sono ancora interessati."),
    ("Conferma quantità", "Due postazioni in più del previsto, il resto invariato."),
    ("Assistenza su una seduta", "Una poltrona non si regola più in altezza. Aperta la richiesta al magazzino."),
    ("Soddisfazione dopo la consegna", "Tutto montato nei tempi. Contenti soprattutto delle cabine acustiche."),
]
MAILS = [
    ("Catalogo e listino", "Buongiorno,\nin allegato il catalogo aggiornato. Resto a disposizione per un sopralluogo."),
    ("Conferma appuntamento", "Confermo l'incontro di giovedì alle 10 presso la vostra sede."),
    ("Campioni dei tessuti", "I campioni sono partiti oggi con il corriere, arrivano entro due giorni."),
    ("Planimetria aggiornata", "Abbiamo spostato le postazioni lungo la parete finestrata, come richiesto."),
    ("Domanda sulle finiture", "Il rovere chiaro è disponibile anche per le cassettiere? Grazie."),
    ("Documenti per la gara", "Vi inviamo il capitolato; le offerte vanno presentate entro fine mese."),
    ("Ringraziamento", "Grazie per la consegna puntuale, i colleghi sono molto contenti delle nuove sedute."),
]
VISITS = [
    ("Sopralluogo", "Misurati gli spazi del primo piano. Servono divisori acustici tra le isole."),
    ("Visita in showroom", "Hanno provato Aria e Aria Plus: preferita la seconda, con poggiatesta."),
    ("Presentazione della proposta", "Presentata la proposta alla direzione. Chiedono uno sconto sulle quantità."),
    ("Riunione di progetto", "Definite finiture e consegne in due fasi, la prima entro il mese."),
]
NOTES = [
    ("", "Preferisce essere sentito al mattino, prima delle 10."),
    ("", "Ha già lavorato con noi nella sede precedente: parte avvantaggiati."),
    ("", "Attenzione: il budget si chiude a fine trimestre."),
    ("", "La decisione passa dal responsabile acquisti, non dalla direzione."),
    ("", "Da invitare alla presentazione della nuova collezione."),
]
REQUESTS = [
    "Vorremmo un preventivo per dieci postazioni complete.",
    "Stiamo cercando sedute ergonomiche per tutto l'ufficio, circa trenta persone.",
    "Ci trasferiamo in una nuova sede a primavera e ci serve un progetto completo.",
    "È possibile avere un sopralluogo? Dobbiamo rifare la reception.",
    "Ci servono cabine acustiche per le telefonate, consegna entro due mesi.",
    "Chiediamo listino e tempi di consegna per scrivanie regolabili.",
]
LOST = {
    "price": "Hanno trovato un'offerta più bassa del 15%.",
    "competitor": "Hanno scelto chi garantiva la consegna in due settimane.",
    "no_budget": "Investimento rimandato all'anno prossimo.",
    "timing": "Trasloco rinviato, se ne riparla tra sei mesi.",
    "product": "Cercavano una finitura che non abbiamo.",
    "no_answer": "Non risponde più da oltre un mese.",
}
CALL_SUBJECTS = ["Richiamare {}", "Telefonata di aggiornamento: {}", "Sentire {} per il preventivo",
                 "Proporre la manutenzione a {}"]  # fmt: skip
MEETING_SUBJECTS = ["Sopralluogo da {}", "Presentazione proposta a {}", "Visita in showroom: {}",
                    "Riunione di progetto con {}"]  # fmt: skip
TASKS = ["Preparare la planimetria per {}", "Inviare i campioni a {}", "Verificare il pagamento di {}",
         "Aggiornare il preventivo di {}", "Controllare la data di consegna per {}"]  # fmt: skip
OUTCOMES = ["reached", "reached", "interested", "interested", "call_back", "no_answer", "voicemail"]
CAMPAIGNS = ["Fiera Workspace", "Newsletter di primavera", "Bonus ergonomia", "Catalogo autunno", "Webinar acustica"]
TAGS = ["smart working", "gara", "rivenditore", "sostenibilità", "multi-sede", "showroom"]
