"""How the administration of random business is configured: one open period, two reminder levels, no rules."""

from typing import Any

from tests.models.business import LAST_LEVEL

BOOKS: dict[str, Any] = {
    "fiscal_periods": [{"year": 2026, "period": 1, "start": "2020-01-01", "end": "2999-12-31"}],
    "reminder_profiles": [
        {
            "profile": "standard",
            "block_after": LAST_LEVEL,
            "levels": [
                {"level": level, "days_after_previous": 0, "fee_amount": 100 * (level - 1)}
                for level in range(1, LAST_LEVEL + 1)
            ],
        }
    ],
    "sender": {
        "name": "Bibliotheek Gent",
        "street": "Miriam Makebaplein 1",
        "postal_code": "9000",
        "city": "Gent",
        "country": "BE",
        "iban": "BE68539007547034",
    },
    "write_off_rules": [],
}
ADDRESS = {"street": "Korenmarkt 4", "postal_code": "9000", "city": "Gent", "country": "BE"}
