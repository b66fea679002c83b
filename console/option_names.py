"""Fields of requests as the running command calls them: an option that it has, or the field's word."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import typer

from console.wrong_usage import parameters_of, shown_argument

Named = Callable[[str], str | None]
"""The option or argument of the running command that a field's JSON pointer stands for; None where it has none."""

TYPED_AS: Mapping[str, tuple[str, ...]] = {
    "age_from": ("age",),
    "age_to": ("age",),
    "all_credit_notes": ("all_credit_notes",),
    "amount": ("amount", "lines"),
    "approved": ("decline",),
    "as_of": ("as_of",),
    "base_currency": (),
    "beginning": ("run_id", "proposal_id", "set_id", "batch_id", "match_id", "request_id", "document_id"),
    "booking_date": ("date",),
    "booking": ("date", "journal"),
    "by": ("by",),
    "categories": ("category",),
    "contra": ("contra",),
    "credit_note_due_date": ("all_credit_notes",),
    "criteria": ("where", "criteria_file"),
    "cursor": (),
    "date": ("date", "booked_on", "day"),
    "default_reasons": ("reason",),
    "date_from": ("date_from", "since"),
    "date_to": ("date_to", "until"),
    "days_since_last_reminder": ("days_since",),
    "difference_code": ("difference",),
    "due_date_from": ("due_from",),
    "due_date_to": ("due_to",),
    "fields": ("fields",),
    "file": ("file", "output"),
    "fingerprint": ("confirm", "fingerprint"),
    "fiscal_year": ("year",),
    "format": ("form", "export_format", "spreadsheet", "output"),
    "generation_date": ("on",),
    "gl_account": ("contra_account",),
    "group_by": ("group_by",),
    "groups": ("group",),
    "item_date_from": ("date_from",),
    "item_date_to": ("date_to",),
    "item_id": ("item_id", "item_ids", "items", "lines"),
    "item_ids": ("items", "item_ids", "lines"),
    "items": ("items", "item"),
    "journal": ("journal", "reason", "contra_journal"),
    "journals": ("journal",),
    "kinds": ("item_kind",),
    "languages": ("debtor_language",),
    "left": ("left",),
    "lines": ("lines", "item_ids", "items"),
    "maximum": ("maximum",),
    "minimum": ("minimum",),
    "only_zero_balance": ("only_zero",),
    "parties": ("party",),
    "party_id": ("party_id", "party"),
    "party_ids": ("party",),
    "party_group": ("party_group",),
    "payment_methods": ("payment_method",),
    "preferences": (),
    "rates": ("rate",),
    "reserve_minutes": ("reserve",),
    "report": ("group_by", "sort_by"),
    "right": ("right",),
    "settlement_information": ("information",),
    "several_reminders": ("several",),
    "set_id": ("set_id", "other"),
    "since": ("since", "date_from"),
    "totals": ("total",),
    "until": ("until", "date_to"),
    "up_to_zero_balance": ("up_to_zero",),
    "vouchers": ("voucher",),
    "voucher": ("voucher",),
}
"""Fields of the services' requests, and the parameters of commands that fill them in, the likeliest first."""


def option_names(context: typer.Context) -> Named:
    """How the running command calls the fields of what it sends."""
    parameters = {str(one.name): one for one in parameters_of(context)}

    def named(pointer: str) -> str | None:
        for part in reversed([part for part in pointer.split("/") if part and not part.isdecimal()]):
            for name in (part, *TYPED_AS.get(part, ())):
                if name in parameters:
                    return shown(parameters[name])
        return None

    return named


def shown(parameter: Any) -> str:
    """An option as it is typed, an argument in capitals."""
    return str(parameter.opts[0]) if parameter.param_type_name == "option" else shown_argument(parameter)
