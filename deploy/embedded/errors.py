"""The one error of the embedded stack: what stands in its way, for whoever started a command."""

from chassis.errors import OpenItemsError


class StackError(OpenItemsError):
    """The stack cannot do what was asked; the message says what is wrong, where it is logged and what to do."""
