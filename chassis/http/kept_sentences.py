"""Sentences in answers that are no refusals: kept in English in events and rows, told in the reader's language.

A view's field that is `Told` is such a sentence. It is recognised by the templates of the service that answers; one
that another service said, or that no template makes, stays English.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Annotated, Any

from pydantic import PlainSerializer

from chassis.languages import ENGLISH, Language
from chassis.sentences import Retold

_reads: ContextVar[Callable[[], Language] | None] = ContextVar("language_of_the_answer", default=None)


@contextmanager
def answering_in(language: Callable[[], Language]) -> Iterator[None]:
    """What is told within is told in this language, which is asked for when there is something to tell."""
    before = _reads.set(language)
    try:
        yield
    finally:
        _reads.reset(before)


def reader_language() -> str:
    """The tag of the language that the running request is answered in; English outside of any."""
    language = _reads.get()
    return ENGLISH if language is None else language().tag


def told(text: str) -> str:
    """An English sentence in the language of whoever reads the answer."""
    language = _reads.get()
    return text if language is None else language().say(Retold(text))


def _with_message(reason: dict[str, Any]) -> dict[str, Any]:
    return reason | {"message": told(reason["message"])} if "message" in reason else reason


Told = Annotated[str, PlainSerializer(told, return_type=str, when_used="json")]
"""A field of a view with a sentence for people."""
ToldReason = Annotated[dict[str, Any], PlainSerializer(_with_message, when_used="json")]
"""An object whose `message`, if it has one, is such a sentence."""
