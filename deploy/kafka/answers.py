"""What Kafka answers to who makes topics: success as a whole, with each topic's failure inside."""

from collections.abc import Iterable

from aiokafka.errors import TopicAlreadyExistsError, for_code

TopicError = tuple[str, int, str | None]
"""A topic, Kafka's error code (0 for none), and the broker's own words."""


def refusals(topic_errors: Iterable[TopicError]) -> tuple[str, ...]:
    """Say of each topic that was not made why; one that somebody else made meanwhile is there, which is all we want."""
    return tuple(
        f"{topic}: {for_code(code).__name__}, {message or 'without a reason'}"
        for topic, code, message in topic_errors
        if code and for_code(code) is not TopicAlreadyExistsError
    )
