"""The words of matching's tables, in Dutch, Danish and English: one row for each field that a clerk is shown."""

from __future__ import annotations

MATCHING_WORDS: dict[str, tuple[str, str, str]] = {
    "accepted": ("aangenomen", "modtaget", "accepted"),
    "form": ("opdracht", "opgave", "order"),
    "item": ("post", "post", "item"),
    "index": ("volgnummer", "nummer", "index"),
    "is_reversal": ("ongedaanmaking", "ophævelse", "reversal"),
    "journals": ("dagboeken", "kladder", "journals"),
    "left_alone": ("niet aangeraakt", "ikke rørt", "left alone"),
    "marks": ("markeringen", "markeringer", "marks"),
    "match": ("aflettering", "udligning", "match"),
    "of_others": ("van anderen", "andres", "of others"),
    "open_share_percent": ("hoogstens open (%)", "højst åben (%)", "open at most (%)"),
    "posted_up_to": ("klein tot en met, in centen", "lille til og med, i ører", "small up to, in cents"),
    "processed": ("verwerkt", "behandlet", "processed"),
    "refused": ("geweigerd", "afvist", "refused"),
    "refused_rows": ("geweigerde rijen", "afviste rækker", "rows refused"),
    "reservation": ("vastgehouden door", "reserveret af", "held by"),
    "result": ("resultaat", "resultat", "result"),
    "row_problems": ("fouten in rijen", "fejl i rækker", "problems in rows"),
    "sequence": ("volgnummer", "løbenummer", "sequence"),
    "suggestions": ("suggesties", "forslag", "suggestions"),
    "superseded": ("achterhaald", "overhalet", "superseded"),
    "duplicates": ("herhalingen", "gentagelser", "duplicates"),
}
