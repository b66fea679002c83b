"""Which rule set each kind of claim is judged by: one row for each, so that none is forgotten."""

from services.reminders.law.claims import ClaimKind

CHOSEN = [
    (ClaimKind("NL", "contract", "consumer"), "nl-consumer"),
    (ClaimKind("NL", "contract", "business"), "nl-business"),
    (ClaimKind("NL", "contract", "public"), "nl-business"),
    (ClaimKind("BE", "contract", "consumer"), "be-consumer"),
    (ClaimKind("BE", "contract", "business"), "be-business"),
    (ClaimKind("DK", "contract", "consumer"), "dk-consumer"),
    (ClaimKind("DK", "contract", "business"), "dk-business"),
    (ClaimKind("DK", "public", "consumer"), "dk-public"),
    (ClaimKind("DK", "public", "business"), "dk-public"),
    (ClaimKind("DE", "contract", "consumer"), "de-consumer"),
    (ClaimKind("DE", "contract", "public"), "de-business"),
    (ClaimKind("LU", "contract", "business"), "eu-business"),
]
"""What is claimed where of whom, and the code of the rules."""
