"""What a service refuses is told with its field and its remedy, and ends the command with its own exit code."""

import pytest

from console.exits import CHANGED, FAILED, REFUSED, of_problem

PROBLEM = {
    "detail": "Period 2026/9 is closed.",
    "remedy": "Choose an open date.",
    "errors": [{"location": "body", "pointer": "/date", "code": "closed-period", "detail": "Period 2026/9 is closed."}],
}


def test_a_refusal_names_the_field_and_the_remedy() -> None:
    failure = of_problem(PROBLEM, 422)

    assert failure.message == "Period 2026/9 is closed. Field date. Choose an open date."
    assert failure.code == REFUSED


def test_each_wrong_field_says_what_is_wrong_with_it() -> None:
    errors = [{"pointer": "/lines/0/amount", "detail": "Not zero"}, {"pointer": "/date", "detail": "Missing"}]

    failure = of_problem({"detail": "Two fields are wrong.", "errors": errors}, 422)

    assert failure.message == "Two fields are wrong. Field lines/0/amount: Not zero. Field date: Missing."


@pytest.mark.parametrize(("status", "code"), [(400, REFUSED), (409, CHANGED), (499, REFUSED), (500, FAILED)])
def test_the_exit_code_follows_the_status(status: int, code: int) -> None:
    assert of_problem({}, status).code == code
