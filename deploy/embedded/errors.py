"""What can go wrong with the embedded stack."""

from chassis.errors import OpenItemsError


class StackError(OpenItemsError):
    """The stack cannot do what was asked; the message says what is wrong, where it is logged and what to do."""
