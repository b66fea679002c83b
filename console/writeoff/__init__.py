"""`openitems writeoff`: what is waived, why, by whom, and the account that is given of it."""

from console.writeoff.commands import app

__all__ = ["app"]
