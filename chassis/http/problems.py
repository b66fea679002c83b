"""Errors as people and programs read them: problem details (RFC 9457) that name the field and the remedy."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from chassis.database import PASSING_FAULTS, is_passing
from chassis.errors import Poison, Refused, Retry, Unauthenticated
from chassis.telemetry import current_trace_id

MEDIA_TYPE = "application/problem+json"
MAX_FIELD_PROBLEMS = 50
RETRY_AFTER_SECONDS = 2

_log = structlog.get_logger(__name__)


class FieldProblem(BaseModel):
    """What is wrong with one field of the request."""

    model_config = ConfigDict(frozen=True)

    location: str = Field(description="Where the field is: body, query, path, header, or request")
    pointer: str = Field(description="JSON pointer (RFC 6901) to the field within its location; empty for the whole")
    code: str
    detail: str
    remedy: str | None = None


class Problem(BaseModel):
    """Why a request was not carried out; unless it is one of 503, nothing was changed by it."""

    model_config = ConfigDict(frozen=True)

    type: str = Field(description="URN of the kind of problem: urn:openitems:problem:<code>")
    title: str
    status: int
    detail: str = Field(description="One sentence for people")
    instance: str = Field(description="The path of the request")
    code: str = Field(description="Stable, for programs, in kebab-case")
    remedy: str | None = Field(default=None, description="What to do instead")
    trace_id: str | None = Field(default=None, description="What to quote to the operators; their logs have it too")
    errors: tuple[FieldProblem, ...] = Field(
        default=(), description=f"Field by field; the first {MAX_FIELD_PROBLEMS} of `error_count`"
    )
    error_count: int = 0


def problem_response(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """The problem as an HTTP answer with its own media type."""
    return Response(problem.model_dump_json(exclude_none=True), problem.status, headers=headers, media_type=MEDIA_TYPE)


def describe(path: str, status: int, code: str, detail: str, *, remedy: str | None = None) -> Problem:
    """A problem without field errors; `path` is that of the request."""
    return Problem(
        type=f"urn:openitems:problem:{code}",
        title=code.replace("-", " ").capitalize(),
        status=status,
        detail=detail,
        instance=path,
        code=code,
        remedy=remedy,
        trace_id=current_trace_id(),
    )


def too_large(path: str) -> Problem:
    """The problem of a body over its route's limit."""
    code, detail, remedy = _HTTP_ERRORS[HTTPStatus.REQUEST_ENTITY_TOO_LARGE]
    return describe(path, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, code, detail, remedy=remedy)


def answer_with_problems(app: FastAPI) -> None:
    """Make the application answer every error with a problem."""
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(Poison, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)
    for passing in (Retry, *PASSING_FAULTS):
        app.add_exception_handler(passing, _passing)
    app.add_exception_handler(Exception, _unexpected)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused | Poison)
    status = error.status if isinstance(error, Refused) else HTTPStatus.UNPROCESSABLE_ENTITY
    problem = describe(request.url.path, status, error.code, error.message, remedy=error.remedy)
    if error.field is not None:
        field = FieldProblem(
            location="request",
            pointer=_pointer(error.field),
            code=error.code,
            detail=error.message,
            remedy=error.remedy,
        )
        problem = problem.model_copy(update={"errors": (field,), "error_count": 1})
    return problem_response(problem, _challenge(error) if isinstance(error, Unauthenticated) else None)


def _challenge(error: Unauthenticated) -> dict[str, str]:
    """What RFC 6750 section 3 asks a 401 to say; no error code when no token was sent at all."""
    invalid = "" if error.code == "token-missing" else ', error="invalid_token"'
    return {"www-authenticate": f'Bearer realm="openitems"{invalid}'}


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = error.errors()
    fields = tuple(_field_problem(entry) for entry in errors[:MAX_FIELD_PROBLEMS])
    malformed = any(field.code == "json_invalid" for field in fields)
    problem = describe(
        request.url.path,
        HTTPStatus.BAD_REQUEST if malformed else HTTPStatus.UNPROCESSABLE_ENTITY,
        "malformed-json" if malformed else "invalid-request",
        "The body is not valid JSON." if malformed else f"{len(errors)} field(s) of the request are not valid.",
        remedy="Mend the fields listed under errors and repeat.",
    )
    return problem_response(problem.model_copy(update={"errors": fields, "error_count": len(errors)}))


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    code, detail, remedy = _HTTP_ERRORS.get(status, (status.phrase.lower().replace(" ", "-"), status.phrase, None))
    return problem_response(describe(request.url.path, status, code, detail, remedy=remedy), error.headers)


async def _passing(request: Request, error: Exception) -> Response:
    if not is_passing(error) and not isinstance(error, Retry):
        _log.error("request-failed", exc_info=error)
        return await _unexpected(request, error)
    _log.warning("request-put-off", error=type(error).__name__)
    problem = describe(
        request.url.path,
        HTTPStatus.SERVICE_UNAVAILABLE,
        "try-again",
        "The service cannot answer just now, nor say whether a command was carried out.",
        remedy="Repeat in a moment, a command with the same Idempotency-Key: it has its effect once.",
    )
    return problem_response(problem, {"retry-after": str(RETRY_AFTER_SECONDS)})


async def _unexpected(request: Request, _error: Exception) -> Response:
    problem = describe(
        request.url.path,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal-error",
        "The service failed in a way that it did not foresee; nothing was changed.",
        remedy="Quote the trace_id to the operators.",
    )
    return problem_response(problem)


_HTTP_ERRORS: Mapping[int, tuple[str, str, str]] = {
    400: ("malformed-body", "The body cannot be read.", "Send JSON in UTF-8."),
    404: ("unknown-path", "There is nothing at this path.", "See /openapi.json for the paths of this service."),
    405: ("method-not-allowed", "This path does not know that method.", "Use a method that the Allow header names."),
    413: ("body-too-large", "The body is larger than this path takes.", "Split it into smaller requests."),
}

_REMEDIES: Mapping[str, str] = {
    "missing": "Give this field.",
    "extra_forbidden": "Leave this field out, or correct its name.",
    "int_type": "Send a whole number without quotes or decimal point; money is in minor units.",
    "int_from_float": "Send a whole number without decimal point; money is in minor units.",
    "int_parsing": "Send a whole number.",
    "json_invalid": "Mend the JSON at the given character.",
    "model_attributes_type": "Send a JSON object with content-type: application/json.",
    "model_type": "Send a JSON object with content-type: application/json.",
    "dict_type": "Send a JSON object with content-type: application/json.",
}
_SEE_SCHEMA = "See the schema of this operation in /openapi.json."


def _field_problem(entry: Mapping[str, Any]) -> FieldProblem:
    """One of pydantic's errors without the value that was sent, which may be personal or secret."""
    location, *path = entry["loc"]
    kind = str(entry["type"])
    detail = str(entry["msg"])
    if kind == "json_invalid":
        detail, path = f"{detail} at character {path[0] if path else 0}", []
    return FieldProblem(
        location=str(location),
        pointer="".join(f"/{_escaped(part)}" for part in path),
        code=kind,
        detail=detail,
        remedy=_REMEDIES.get(kind, _SEE_SCHEMA),
    )


def _pointer(field: str) -> str:
    """A field as errors name it (`due_date`, `lines/0/amount`, a pointer already) as a JSON pointer."""
    return field if field.startswith("/") or not field else f"/{field}"


def _escaped(part: object) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")
