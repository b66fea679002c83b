"""A made-up library: 2,000 parties and 20,000 items, the same at every run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

ADMINISTRATION = "demo"
TODAY = date(2026, 11, 20)
"""The day on which the demonstration plays; every date below lies before it."""
PARTIES = 2_000
ITEMS = 20_000
SCHOOLS = 58
SUPPLIERS = 2
DKK_PER_EUR = 7.46
HISTORY_DAYS = 4 * 365
IN_PAYMENT_RUN_DAYS = 60
"""Purchases of the last two months are being paid."""
WITH_EMAIL = 0.6
"""Three people in five gave an address."""
BLOCKED = 0.01
PAID = 0.58
"""Most people pay."""
PAID_OR_CREDITED = 0.62
"""Some charges were wrong."""
VOIDS, REFUNDS, CHARGE_BACKS = 40, 24, 16
"""Payments that were struck out at the desk, given back later, and called back through the bank."""
SUPPLIER_PAYMENTS, SUPPLIER_REPAYMENTS = 12, 2
CASH_BELOW = 10_00
MONEY_BACK = VOIDS + REFUNDS + CHARGE_BACKS + SUPPLIER_PAYMENTS + SUPPLIER_REPAYMENTS
"""The last of the ITEMS."""

Event = dict[str, Any]

FIRST_NAMES = {
    "NL": ("Sanne", "Daan", "Fatima", "Bram", "Noor", "Joris", "Meike", "Youssef", "Anouk", "Thijs"),
    "BE": ("Lotte", "Wout", "Elke", "Jef", "Amina", "Pieter", "Veerle", "Stijn", "Hanne", "Bart"),
    "DK": ("Freja", "Søren", "Ida", "Rasmus", "Åse", "Mikkel", "Signe", "Jørgen", "Maja", "Niels"),
}
LAST_NAMES = {
    "NL": ("de Vries", "Jansen", "van den Berg", "Bakker", "Yılmaz", "Visser", "Smit", "Meijer", "Mulder", "Bos"),
    "BE": ("Peeters", "Maes", "Jacobs", "Willems", "Claes", "Goossens", "El Amrani", "Wouters", "De Smet", "Aerts"),
    "DK": ("Nielsen", "Jensen", "Hansen", "Østergaard", "Andersen", "Møller", "Kjær", "Larsen", "Bæk", "Lund"),
}
PLACES = {
    "NL": (("Utrecht", "3511 AB"), ("Zwolle", "8011 CD"), ("Breda", "4811 EF")),
    "BE": (("Gent", "9000"), ("Leuven", "3000"), ("Hasselt", "3500")),
    "DK": (("Aarhus", "8000"), ("Odense", "5000"), ("Roskilde", "4000")),
}
STREETS = {
    "NL": ("Kerkstraat", "Molenweg", "Havenkade"),
    "BE": ("Stationsstraat", "Veldstraat", "Dorp"),
    "DK": ("Nørregade", "Skolevej", "Havnegade"),
}
LANGUAGES = {"NL": "nl", "BE": "nl-BE", "DK": "da"}
BRANCHES = ("centrum", "noord", "zuid", "haven")


@dataclass(slots=True)
class Library:
    """Makes the library's events, one after the other; two runs make the same ones."""

    random: Random = field(default_factory=lambda: Random(20_261_120))  # noqa: S311 - repeatable, not secret
    number: int = 0
    payments: list[dict[str, Any]] = field(default_factory=list)
    purchases: list[dict[str, Any]] = field(default_factory=list)
    parties: dict[str, dict[str, Any]] = field(default_factory=dict)

    def events(self) -> Iterator[Event]:
        """All parties, then ITEMS items in rounds over the parties, as `openitems publish` takes them.

        The last MONEY_BACK of the items are money that went the other way.
        """
        parties = [self._party(number) for number in range(PARTIES)]
        self.parties = {party["data"]["party_id"]: party["data"] for party in parties}
        yield from parties
        yield from self._rounds(parties)
        yield from self._money_back()
        yield from self._money_of_suppliers()

    def _rounds(self, parties: Sequence[Event]) -> Iterator[Event]:
        while True:
            for party in parties:
                for event in self._year_of(party["data"]):
                    if self.number > ITEMS - MONEY_BACK:
                        self.number = ITEMS - MONEY_BACK
                        return
                    yield self._remembered(event)

    def _remembered(self, event: Event) -> Event:
        """Keep what money may go back of, and what is to be paid."""
        item = event["data"]
        if item["kind"] == "payment":
            self.payments.append(item)
        elif item["journal"] == "I10":
            self.purchases.append(item)
        return event

    def _money_back(self) -> Iterator[Event]:
        """Payments that were struck out the same day, that were given back, and that the bank called back."""
        by_journal = {code: [item for item in self.payments if item["journal"] == code] for code in ("K10", "B20")}
        wanted = (("void", "K10", VOIDS), ("refund", "K10", REFUNDS), ("charge-back", "B20", CHARGE_BACKS))
        for money_back, journal, count in wanted:
            for payment in by_journal[journal][:: len(by_journal[journal]) // count][:count]:
                by_journal[journal].remove(payment)
                day = date.fromisoformat(payment["item_date"])
                if money_back != "void":
                    day = min(day + timedelta(days=self.random.randint(1, 40)), TODAY)
                yield self._reversing(payment, day, money_back)

    def _reversing(self, payment: dict[str, Any], day: date, money_back: str) -> Event:
        party = self.parties[payment["party_id"]]
        data = self._item(party, day, "payment", payment["journal"], -payment["amount"])
        data |= {name: payment[name] for name in ("till", "payment_method", "employee") if name in payment}
        return {"topic": "item-posted", "data": data | {"money_back": money_back, "reverses": payment["item_id"]}}

    def _money_of_suppliers(self) -> Iterator[Event]:
        """Invoices that were paid, and money that suppliers paid back: a tenth of the last invoices."""
        due = [invoice for invoice in self.purchases if not invoice["in_payment_run"]][:SUPPLIER_PAYMENTS]
        for paid_back, invoice in enumerate(due, SUPPLIER_REPAYMENTS - len(due)):
            day = min(date.fromisoformat(invoice["due_date"]), TODAY)
            yield self._to_supplier(invoice, day, -invoice["amount"])
            if paid_back >= 0:
                yield self._to_supplier(invoice, min(day + timedelta(days=20), TODAY), invoice["amount"] // 10)

    def _to_supplier(self, invoice: dict[str, Any], day: date, amount: int) -> Event:
        data = self._item(self.parties[invoice["party_id"]], day, "payment", "B20", amount)
        return {"topic": "item-posted", "data": data | {"payment_method": "transfer", "employee": "k.holm"}}

    def _party(self, number: int) -> Event:
        if number < SUPPLIERS:
            return self._organisation(number, "creditor", ("Boekimport Noord bv", "Nordisk Bogforsyning A/S")[number])
        if number < SUPPLIERS + SCHOOLS:
            return self._organisation(number, "debtor", f"Basisschool De Leeuwerik {number - SUPPLIERS + 1}")
        country = self.random.choices(("NL", "BE", "DK"), (45, 40, 15))[0]
        name = f"{self.random.choice(FIRST_NAMES[country])} {self.random.choice(LAST_NAMES[country])}"
        data = self._master_data(number, country) | {
            "kind": "debtor",
            "name": name,
            "category": self.random.choices(("adult", "youth", "senior"), (60, 25, 15))[0],
            "group": "borrowers",
        }
        if self.random.random() < WITH_EMAIL:
            data["email"] = f"lezer{number}@post.example"
        return {"topic": "party-updated", "data": data}

    def _organisation(self, number: int, kind: str, name: str) -> Event:
        country = "DK" if name.endswith("A/S") else "NL" if number % 2 == 0 else "BE"
        data = self._master_data(number, country) | {
            "kind": kind,
            "name": name,
            "debtor_type": "business" if kind == "creditor" else "public",
            "category": "supplier" if kind == "creditor" else "school",
            "group": "suppliers" if kind == "creditor" else "schools",
        }
        return {"topic": "party-updated", "data": data}

    def _master_data(self, number: int, country: str) -> dict[str, Any]:
        city, postal_code = self.random.choice(PLACES[country])
        street = f"{self.random.choice(STREETS[country])} {self.random.randint(1, 240)}"
        return {
            "administration": ADMINISTRATION,
            "party_id": f"P{number:06d}",
            "version": 1,
            "address": {"street": street, "postal_code": postal_code, "city": city, "country": country},
            "language": LANGUAGES[country],
            "branch": self.random.choice(BRANCHES),
        }

    def _year_of(self, party: dict[str, Any]) -> Iterator[Event]:
        """A charge or two, and often the payment or the credit note for them."""
        day = TODAY - timedelta(days=self.random.randint(20, HISTORY_DAYS))
        if party["kind"] == "creditor":
            yield from self._purchase(party, day)
            return
        charge = self._charge(party, day)
        yield charge
        fate = self.random.random()
        paid_on = min(day + timedelta(days=self.random.randint(1, 90)), TODAY)
        if fate < PAID:
            yield self._credit(party, charge["data"], paid_on, "payment", self._paid(charge["data"]["amount"]))
        elif fate < PAID_OR_CREDITED:
            yield self._credit(party, charge["data"], paid_on, "credit-note", charge["data"]["amount"])

    def _paid(self, amount: int) -> int:
        """Usually all of it, sometimes half, sometimes too much."""
        return self.random.choices((amount, max(1, amount // 2), amount + 50), (88, 8, 4))[0]

    def _charge(self, party: dict[str, Any], day: date) -> Event:
        if party["category"] == "school":
            kind, journal, amount = "invoice", "V20", self.random.randint(40_00, 900_00)
        else:
            kind = self.random.choices(("contribution", "fine", "registration", "material"), (30, 45, 10, 15))[0]
            journal = "V10" if kind == "contribution" else "V20"
            amount = self._price(kind)
        data = self._item(party, day, kind, journal, amount)
        data["due_date"] = (day + timedelta(days=30)).isoformat()
        data["status"] = self.random.choices(("open", "invoiced"), (55, 45))[0]
        data["blocked"] = self.random.random() < BLOCKED
        if kind == "contribution":
            data["subscription_id"] = f"S{data['item_id']}"
            data["period_start"] = day.isoformat()
            data["period_end"] = (day + timedelta(days=364)).isoformat()
        return {"topic": "item-posted", "data": data}

    def _price(self, kind: str) -> int:
        if kind == "contribution":
            return self.random.choice((28_00, 45_00, 62_50))
        if kind == "fine":
            return self.random.randint(20, 12_00)
        return self.random.choice((2_50, 5_00)) if kind == "registration" else self.random.randint(7_95, 49_95)

    def _credit(self, party: dict[str, Any], charge: dict[str, Any], day: date, kind: str, amount: int) -> Event:
        journal = self.random.choice(("K10", "B20")) if kind == "payment" else charge["journal"]
        data = self._item(party, day, kind, journal, -amount)
        data["invoice_number"] = charge["item_id"]
        data["employee"] = self.random.choice(("a.devos", "k.holm", "m.bakker"))
        if journal == "K10":
            data |= {"till": f"{party['branch']}-1", "payment_method": "cash" if amount < CASH_BELOW else "card"}
        elif journal == "B20":
            data["payment_method"] = "transfer"
        return {"topic": "item-posted", "data": data}

    def _purchase(self, party: dict[str, Any], day: date) -> Iterator[Event]:
        invoice = self._item(party, day, "invoice", "I10", self.random.randint(120_00, 4_000_00))
        invoice["due_date"] = (day + timedelta(days=30)).isoformat()
        invoice["in_payment_run"] = (TODAY - day).days < IN_PAYMENT_RUN_DAYS
        yield {"topic": "item-posted", "data": invoice}

    def _item(self, party: dict[str, Any], day: date, kind: str, journal: str, amount: int) -> dict[str, Any]:
        self.number += 1
        is_danish = party["address"]["country"] == "DK"
        item = {
            "administration": ADMINISTRATION,
            "party_id": party["party_id"],
            "item_id": f"I{self.number:07d}",
            "kind": kind,
            "amount": amount,
            "currency": "DKK" if is_danish else "EUR",
            "journal": journal,
            "voucher": f"{day:%Y}-{self.number:07d}",
            "item_date": day.isoformat(),
            "branch": party["branch"],
        }
        if is_danish:
            item["base_amount"] = round(amount / DKK_PER_EUR)
        return item
