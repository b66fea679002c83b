"""Who is asking: bearer tokens are verified into actors, and nothing of a token is ever shown again."""

from chassis.identity.actor import ALL_ADMINISTRATIONS, Actor, Role, same_employee
from chassis.identity.keys import SigningKeys, jwks_from_file, jwks_from_url
from chassis.identity.tokens import TokenVerifier, Trust, open_verifier

__all__ = [
    "ALL_ADMINISTRATIONS",
    "Actor",
    "Role",
    "SigningKeys",
    "TokenVerifier",
    "Trust",
    "jwks_from_file",
    "jwks_from_url",
    "open_verifier",
    "same_employee",
]
