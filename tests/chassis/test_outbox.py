"""What goes out is what the contract takes: a null that was said stays said."""

import pytest

from chassis.outbox import outgoing
from contracts.event import Event
from contracts.selection import SetCreated
from contracts.topics import TOPICS
from tests.events import changed, event_of


@pytest.mark.parametrize("event", [changed(due_date=None), event_of(SetCreated, name=None, criteria=None)])
def test_a_required_field_that_is_null_goes_out_as_null(event: Event) -> None:
    body = outgoing(event).body

    assert TOPICS[event.topic].model_validate_json(body) == event


def test_what_was_not_said_does_not_go_out() -> None:
    assert b"sha256" not in outgoing(changed()).body
    assert b"null" not in outgoing(changed()).body
