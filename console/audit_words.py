"""What audits say in Dutch and Danish: what must hold, by the code or the English sentence that the services tell."""

from __future__ import annotations

import re

from console.code_words import CODES
from console.words import LANGUAGES, WORDS, word

AUDITED: dict[str, tuple[str, str]] = {
    # matching, by code: each says what is wrong.
    "match-of-unknown-item": ("aflettering van een onbekende post", "udligning af en ukendt post"),
    "open-amount-flipped": ("openstaand bedrag met omgekeerd teken", "restbeløb med modsat fortegn"),
    "open-amount-exceeds-amount": ("meer openstaand dan geboekt", "større restbeløb end bogført"),
    "open-amount-differs": ("openstaand bedrag klopt niet met de feiten", "restbeløb stemmer ikke med posteringerne"),
    "open-amount-flipped-on-a-day": (
        "openstaand bedrag op een dag met omgekeerd teken",
        "restbeløb med modsat fortegn på en dag",
    ),
    "open-amount-exceeds-amount-on-a-day": (
        "op een dag meer openstaand dan geboekt",
        "på en dag større restbeløb end bogført",
    ),
    "account-differs-on-a-day": (
        "het openstaande van een dag klopt niet met de feiten",
        "det åbne på en dag stemmer ikke med posteringerne",
    ),
    "match-does-not-balance": ("aflettering sluit niet", "udligning går ikke op"),
    "match-does-not-balance-in-base": (
        "aflettering sluit niet in de basisvaluta",
        "udligning går ikke op i regnskabsvalutaen",
    ),
    "match-mixes-currencies": ("aflettering mengt valuta's", "udligning blander valutaer"),
    "match-earlier-than-its-items": ("aflettering ligt voor haar posten", "udligning ligger før sine poster"),
    "reversal-earlier-than-its-match": (
        "ongedaanmaking ligt voor de aflettering",
        "ophævelse ligger før udligningen",
    ),
    "reversal-of-unknown-match": ("ongedaanmaking van een onbekende aflettering", "ophævelse af en ukendt udligning"),
    "reversal-does-not-copy": (
        "ongedaanmaking neemt de bedragen niet over",
        "ophævelse gentager ikke beløbene",
    ),
    "match-outside-its-period": ("aflettering buiten haar periode", "udligning uden for sin periode"),
    "match-without-employee": ("aflettering zonder medewerker", "udligning uden medarbejder"),
    # selection, writeoff, reminders: each says what holds where nothing is wrong.
    "a party's kept balance is the sum of its open items": (
        "het bewaarde saldo van een relatie is de som van haar open posten",
        "en kontos gemte saldo er summen af dens åbne poster",
    ),
    "a fixed set never changes": ("een vaste set verandert nooit", "et fast udvalg ændrer sig aldrig"),
    "a set is written off only after its control report": (
        "een set wordt pas na zijn controleverslag afgeboekt",
        "et udvalg afskrives først efter sin kontrolrapport",
    ),
    "what was published is what was confirmed, by two employees where two are asked": (
        "wat verzonden is, is wat bevestigd is, door twee medewerkers waar dat gevraagd wordt",
        "det, der blev sendt, er det, der blev bekræftet, af to medarbejdere, hvor det kræves",
    ),
    "every entry has two sides that balance": (
        "elke boeking heeft twee kanten die tegen elkaar wegvallen",
        "hver postering har to sider, der går op",
    ),
    "what the ledger granted is booked": (
        "wat de subadministratie toestond, is geboekt",
        "det, som reskontroen godkendte, er bogført",
    ),
    "every entry of a request has its match": (
        "elke boeking van een aanvraag heeft haar aflettering",
        "hver postering af en anmodning har sin udligning",
    ),
    "no item is written off beyond its amount": (
        "geen post is voor meer dan zijn bedrag afgeboekt",
        "ingen post er afskrevet med mere end sit beløb",
    ),
    "no item is written off beyond its amount on any past day, nor taken back before it was": (
        "geen post is op een dag voor meer dan zijn bedrag afgeboekt, of teruggenomen voor hij afgeboekt was",
        "ingen post er på nogen dag afskrevet med mere end sit beløb eller tilbageført, før den var afskrevet",
    ),
    "no write-off is earlier than its item": (
        "geen afboeking ligt voor haar post",
        "ingen afskrivning ligger før sin post",
    ),
    "no reversal is earlier than its entry": (
        "geen terugneming ligt voor haar boeking",
        "ingen tilbageførsel ligger før sin postering",
    ),
    "a reversal mirrors its entry": (
        "een terugneming is het spiegelbeeld van haar boeking",
        "en tilbageførsel er spejlbilledet af sin postering",
    ),
    "write-offs are booked on A-journals": (
        "afboekingen staan op A-dagboeken",
        "afskrivninger er bogført på A-kladder",
    ),
    "a batch's counts add up": (
        "de aantallen van een bulkafboeking kloppen",
        "antallene i en samlet afskrivning stemmer",
    ),
    "receipts tie out to the cash and bank journals, day by day": (
        "ontvangsten sluiten dag voor dag aan op de kas- en bankdagboeken",
        "indbetalinger stemmer dag for dag med kasse- og bankkladderne",
    ),
    "a sealed period never changes": (
        "een verzegelde periode verandert nooit",
        "en forseglet periode ændrer sig aldrig",
    ),
    "a reminder names an item that is not posted": (
        "een herinnering noemt een post die niet geboekt is",
        "en rykker nævner en post, der ikke er bogført",
    ),
    "a reminder is not earlier than its items": (
        "een herinnering ligt niet voor haar posten",
        "en rykker ligger ikke før sine poster",
    ),
    "an item's levels rise one by one and never fall": (
        "de niveaus van een post stijgen een voor een en dalen nooit",
        "en posts trin stiger ét ad gangen og falder aldrig",
    ),
    "a reminded item has the status and the level of its last reminder": (
        "een aangemaande post heeft de status en het niveau van haar laatste herinnering",
        "en rykket post har sin seneste rykkers status og trin",
    ),
    "a debtor's last reminder is the latest that was issued": (
        "de laatste herinnering van een debiteur is de laatst verstuurde",
        "en debitors sidste rykker er den senest afsendte",
    ),
    "every item of an issued run was reminded, dropped or left out": (
        "elke post van een verstuurde run is aangemaand, vervallen of uitgesloten",
        "hver post i en afsendt kørsel er rykket, udeladt eller fravalgt",
    ),
    "a reminded item of a run is on a reminder": (
        "een aangemaande post van een run staat op een herinnering",
        "en rykket post i en kørsel står på en rykker",
    ),
    "every reminder has its document": ("elke herinnering heeft haar document", "hver rykker har sit dokument"),
    "a document's bytes are missing": (
        "de bytes van een document ontbreken",
        "et dokuments bytes mangler",
    ),
    "a document's bytes are changed": (
        "de bytes van een document zijn veranderd",
        "et dokuments bytes er ændret",
    ),
}
"""In Dutch and Danish; English is what the services say."""
FACTS: dict[str, tuple[str, str]] = {
    "item": ("post", "post"),
    "match": ("aflettering", "udligning"),
    "posted": ("geboekt", "bogført"),
    "recomputed": ("herberekend", "genberegnet"),
    "computed": ("berekend", "beregnet"),
    "stored": ("bewaard", "gemt"),
    "level": ("niveau", "trin"),
    "after": ("na", "efter"),
    "on": ("op", "den"),
    "of": ("van", "af"),
    "told": ("gemeld", "oplyst"),
    "booked": ("geboekt", "bogført"),
    "published": ("verzonden", "sendt"),
    "requests": ("aanvragen", "anmodninger"),
    "published_requests": ("verzonden aanvragen", "sendte anmodninger"),
    "entries_now": ("boekingen nu", "posteringer nu"),
    "movement": ("beweging", "bevægelse"),
}
"""What details call by name, in Dutch and Danish, beside the words of tables."""
_NAMED = re.compile(r"\b[a-z][a-z_]*\b")


def invariant_in_words(invariant: str, language: str) -> str:
    """What must hold, or what is wrong, in the language; English where it has no words."""
    words = AUDITED.get(invariant)
    place = LANGUAGES.index(language[:2]) if language[:2] in LANGUAGES else len(LANGUAGES)
    if words is None or place >= len(words):
        return invariant
    return words[place]


def detail_in_words(detail: str, language: str) -> str:
    """The facts of a violation, `name value, name value`, with the names in the language."""
    return _NAMED.sub(lambda found: _named(found[0], language), detail)


def _named(name: str, language: str) -> str:
    place = LANGUAGES.index(language[:2]) if language[:2] in LANGUAGES else len(LANGUAGES)
    if place < len(facts := FACTS.get(name, ())):
        return facts[place]
    return word(name, language) if name in WORDS and name not in CODES else name
