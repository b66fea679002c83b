"""The one tree of errors: refused (the caller's fault), retry (redeliver), poison (put aside)."""

from __future__ import annotations

from chassis.sentences import Sentence


class OpenItemsError(Exception):
    """Root of every error that this product raises on purpose."""


class Explained(OpenItemsError):
    """Says what is wrong and what to do about it, to programs and to people.

    `code` is stable and for machines (kebab-case), `message` is one sentence for people, `field` is the JSON
    pointer or the name of the offending field, `remedy` says what to do instead. Message and remedy are templates,
    filled in with `values`, so that they can be said in other languages too:
    `Refused("unknown-set", "There is no set {set_id}.", set_id=set_id, remedy="See the list of sets.")`.
    """

    def __init__(
        self,
        code: str,
        message: str,
        /,
        *,
        field: str | None = None,
        remedy: str | None = None,
        **values: object,
    ) -> None:
        self.code = code
        self.message = Sentence.of(message, values)
        self.field = field
        self.remedy = None if remedy is None else Sentence.of(remedy, values)
        super().__init__(self.message)


class Refused(Explained):
    """The caller asked for something that cannot be done; nothing was changed."""

    status = 422

    def __str__(self) -> str:
        parts: list[str] = [self.message]
        if self.field:
            parts.append(Sentence("Field: {name}.", name=self.field))
        if self.remedy:
            parts.append(self.remedy)
        return " ".join(parts)


class Unauthenticated(Refused):
    """No token, or a token that does not verify."""

    status = 401


class Forbidden(Refused):
    """The employee is known but may not do this."""

    status = 403


class NotFound(Refused):
    """What the request names does not exist, or not in this administration."""

    status = 404


class Conflict(Refused):
    """The request was right when it was made, but something changed in between."""

    status = 409


class TooLarge(Refused):
    """The request exceeds a named limit."""

    status = 413


class TooOften(Refused):
    """The caller asks more often than is fair to others; again after `retry_after_seconds`."""

    status = 429

    def __init__(self, retry_after_seconds: int, rate: str) -> None:
        super().__init__(
            "too-many-requests",
            "This token asks more often than {rate} times a second.",
            rate=rate,
            remedy="Wait for as many seconds as Retry-After says, and send more in one request.",
        )
        self.retry_after_seconds = retry_after_seconds


class Retry(OpenItemsError):
    """A passing fault: the whole batch is redelivered after a pause."""


class TooSlow(Retry):
    """A statement, or a lock that it waited for, took longer than it may: less at once may well work."""


class Poison(Explained):
    """A message that cannot be parsed or can never apply: it goes to the dead letters."""
