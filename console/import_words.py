"""The words of imports, in Dutch, Danish and English."""

from __future__ import annotations

IMPORT_WORDS: dict[str, tuple[str, str, str]] = {
    "row": ("rij", "række", "row"),
    "rows": ("rijen", "rækker", "rows"),
    "column": ("kolom", "kolonne", "column"),
    "encoding": ("codering", "tegnsæt", "encoding"),
    "separator": ("scheidingsteken", "skilletegn", "separator"),
    "counts": ("aantallen", "antal", "counts"),
    "imports": ("leest", "læser", "imports"),
    "title": ("waarvan", "hvad", "what of"),
    "answered": ("beantwoord", "besvaret", "answered"),
    "staged": ("klaargezet", "lagt klar", "kept aside"),
    "same": ("gelijk", "ens", "the same"),
    "known": ("bekend", "kendt", "known"),
    "open_amounts": ("openstaand", "restbeløb", "open"),
    "import_id": ("import", "import", "import"),
    "is_same": ("ongewijzigd", "uændret", "unchanged"),
    "aside": ("terzijde gelegd", "lagt til side", "put aside"),
}
