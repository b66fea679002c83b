"""How fast a count grew is told whatever was seen of it."""

import pytest

from tests.bench.rules import per_second

WHOLE = [(0.0, 0), (4.0, 400)]


@pytest.mark.parametrize(
    ("looks", "rate"),
    [
        ([(1.0, 100), (2.0, 300), (3.0, 350)], 125.0),
        ([(1.0, 380), (2.0, 380)], 100.0),
        ([(1.0, 380)], 100.0),
        ([], 100.0),
    ],
)
def test_looks_that_saw_nothing_grow_give_the_rate_of_the_whole(looks: list[tuple[float, int]], rate: float) -> None:
    assert per_second(looks, WHOLE) == rate
