"""The words of write-offs' tables, in Dutch, Danish and English: one row for each field that a clerk is shown."""

from __future__ import annotations

WRITEOFF_WORDS: dict[str, tuple[str, str, str]] = {
    "answers": ("antwoorden", "svar", "answers"),
    "asks": ("vragen aan de subadministratie", "forespørgsler", "asked of the ledger"),
    "at": ("op", "den", "at"),
    "base_amount": ("bedrag in basisvaluta", "beløb i basisvaluta", "amount in base currency"),
    "begun_at": ("begonnen op", "begyndt den", "begun at"),
    "cause_key": ("aanleiding", "anledning", "cause"),
    "completed_at": ("voltooid op", "fuldført den", "completed at"),
    "configured": ("ingesteld", "konfigureret", "configured"),
    "credited_amount": ("gecrediteerd bedrag", "krediteret beløb", "amount credited"),
    "enabled": ("ingeschakeld", "slået til", "enabled"),
    "end": ("einde", "slut", "end"),
    "event_id": ("gebeurtenis", "hændelse", "event"),
    "is_open": ("open", "åben", "open"),
    "months": ("maanden", "måneder", "months"),
    "needs_approval": ("boven de grens", "over grænsen", "above the limit"),
    "origin": ("herkomst", "oprindelse", "origin"),
    "request_id": ("aanvraag", "anmodning", "request"),
    "requests": ("aanvragen", "anmodninger", "requests"),
    "requests_received": ("ontvangen aanvragen", "modtagne anmodninger", "requests received"),
    "sealed_at": ("verzegeld op", "forseglet den", "sealed at"),
    "sealed_by": ("verzegeld door", "forseglet af", "sealed by"),
    "settled_amount": ("afgeletterd bedrag", "udlignet beløb", "amount settled"),
    "start": ("begin", "start", "start"),
    "what": ("wat", "hvad", "what"),
}
