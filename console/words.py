"""The words of tables, in Dutch, Danish and English."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str, str]] = {
    "administration": ("administratie", "regnskab", "administration"),
    "party_id": ("relatie", "konto", "party"),
    "party": ("relatie", "konto", "party"),
    "name": ("naam", "navn", "name"),
    "item_id": ("post", "post", "item"),
    "items": ("posten", "poster", "items"),
    "parties": ("relaties", "konti", "parties"),
    "kind": ("soort", "art", "kind"),
    "amount": ("bedrag", "beløb", "amount"),
    "open_amount": ("openstaand", "restbeløb", "open"),
    "currency": ("valuta", "valuta", "currency"),
    "status": ("status", "status", "status"),
    "journal": ("dagboek", "kladde", "journal"),
    "voucher": ("boekstuk", "bilag", "voucher"),
    "item_date": ("datum", "dato", "date"),
    "date": ("datum", "dato", "date"),
    "due_date": ("vervaldatum", "forfaldsdato", "due"),
    "days_overdue": ("dagen te laat", "dage over forfald", "days overdue"),
    "balance": ("saldo", "saldo", "balance"),
    "total": ("totaal", "i alt", "total"),
    "reason": ("reden", "årsag", "reason"),
    "code": ("code", "kode", "code"),
    "message": ("melding", "meddelelse", "message"),
    "field": ("veld", "felt", "field"),
    "remedy": ("oplossing", "løsning", "remedy"),
    "topic": ("onderwerp", "emne", "topic"),
    "key": ("sleutel", "nøgle", "key"),
    "id": ("id", "id", "id"),
    "set_id": ("set", "udvalg", "set"),
    "employee": ("medewerker", "medarbejder", "employee"),
    "level": ("niveau", "trin", "level"),
    "language": ("taal", "sprog", "language"),
    "category": ("categorie", "kategori", "category"),
    "branch": ("vestiging", "filial", "branch"),
    "description": ("omschrijving", "tekst", "description"),
    "blocked": ("geblokkeerd", "spærret", "blocked"),
    "documents": ("documenten", "dokumenter", "documents"),
    "period": ("periode", "periode", "period"),
    "fiscal_year": ("boekjaar", "regnskabsår", "fiscal year"),
    "written_off": ("afgeboekt", "afskrevet", "written off"),
    "skipped": ("overgeslagen", "sprunget over", "skipped"),
    "requested": ("gevraagd", "ønsket", "requested"),
    "received": ("ontvangen", "modtaget", "received"),
    "waived": ("kwijtgescholden", "eftergivet", "waived"),
    "invariant": ("regel", "regel", "invariant"),
    "detail": ("toelichting", "forklaring", "detail"),
    "refers_to": ("verwijst naar", "henviser til", "refers to"),
    "service": ("dienst", "tjeneste", "service"),
    "state": ("toestand", "tilstand", "state"),
    "yes": ("ja", "ja", "yes"),
    "no": ("nee", "nej", "no"),
    "count": ("aantal", "antal", "count"),
    "method": ("methode", "metode", "method"),
    "match_id": ("aflettering", "udligning", "match"),
    "run_id": ("run", "kørsel", "run"),
    "fingerprint": ("vingerafdruk", "fingeraftryk", "fingerprint"),
    "note": ("notitie", "bemærkning", "note"),
    "created_at": ("gemaakt", "oprettet", "created"),
    "listed_items": ("posten op de lijst", "poster på listen", "items listed"),
    "issued_items": ("aangemaande posten", "rykkede poster", "items reminded"),
    "issued_parties": ("aangemaande relaties", "rykkede konti", "parties reminded"),
    "issued_totals": ("aangemaand bedrag", "rykket beløb", "totals reminded"),
    "dropped_items": ("vervallen posten", "udeladte poster", "items dropped"),
    "dropped": ("vervallen: waarom", "udeladt: hvorfor", "dropped: why"),
    "left_out_by_clerk": ("uitgesloten door medewerker", "fravalgt af medarbejder", "left out by a clerk"),
    "not_listed": ("niet op de lijst: waarom", "ikke på listen: hvorfor", "not listed: why"),
    "reminders": ("herinneringen", "rykkere", "reminders"),
    "received_at": ("ontvangen op", "modtaget den", "received at"),
}
LANGUAGES = ("nl", "da", "en")
"""The order of the words above."""


def word(name: str, language: str) -> str:
    """The word for a field; a field without one is shown by its own name."""
    words = WORDS.get(name)
    if words is None:
        return name.replace("_", " ")
    return words[LANGUAGES.index(language[:2])] if language[:2] in LANGUAGES else words[-1]
