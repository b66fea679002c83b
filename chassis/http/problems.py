"""Errors as people and programs read them: problem details (RFC 9457) that name the field and the remedy.

Detail and remedy are in the language that the request asks for; title and code are for programs, and always the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from chassis.database import PASSING_FAULTS, is_passing
from chassis.errors import Poison, Refused, Retry, TooOften, Unauthenticated
from chassis.languages import Language, Languages
from chassis.sentences import Sentence
from chassis.telemetry import current_trace_id
from chassis.violations import violation_of

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
    detail: str = Field(description="One sentence for people, in the language that Content-Language names")
    instance: str = Field(description="The path of the request")
    code: str = Field(description="Stable, for programs, in kebab-case")
    remedy: str | None = Field(default=None, description="What to do instead")
    trace_id: str | None = Field(default=None, description="What to quote to the operators; their logs have it too")
    errors: tuple[FieldProblem, ...] = Field(
        default=(), description=f"Field by field; the first {MAX_FIELD_PROBLEMS} of `error_count`"
    )
    error_count: int = 0


@dataclass(frozen=True, slots=True)
class ProblemContext:
    """What a problem has to know of its request: the path, and the language to answer in."""

    path: str
    language: Language

    @classmethod
    def by(cls, scope: Scope, languages: Languages) -> ProblemContext:
        """The path that a request asked for, and the language that it wants."""
        wishes = Headers(scope=scope).getlist("accept-language")
        return cls(scope["path"], languages.accepted(",".join(wishes)))


class ProblemResponse(Response):
    """A problem as an HTTP answer with its own media type; what it came to stays with the request, for its log line."""

    media_type = MEDIA_TYPE

    def __init__(self, problem: Problem, asked: ProblemContext, headers: Mapping[str, str] | None = None) -> None:
        told = {"content-language": asked.language.tag, "vary": "Accept-Language"}
        content = problem.model_dump_json(exclude_none=True)
        super().__init__(content, problem.status, headers={**(headers or {}), **told})
        self.code = problem.code

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and leave the problem's code in the request's state."""
        scope.setdefault("state", {})["outcome"] = self.code
        await super().__call__(scope, receive, send)


def describe(asked: ProblemContext, status: int, code: str, detail: str, *, remedy: str | None = None) -> Problem:
    """A problem without field errors, in the language that was asked."""
    say = asked.language.say
    return Problem(
        type=f"urn:openitems:problem:{code}",
        title=code.replace("-", " ").capitalize(),
        status=status,
        detail=say(detail),
        instance=asked.path,
        code=code,
        remedy=None if remedy is None else say(remedy),
        trace_id=current_trace_id(),
    )


def too_large(asked: ProblemContext) -> Problem:
    """The problem of a body over its route's limit."""
    code, detail, remedy = _HTTP_ERRORS[HTTPStatus.REQUEST_ENTITY_TOO_LARGE]
    return describe(asked, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, code, detail, remedy=remedy)


def answer_with_problems(app: FastAPI, languages: Languages) -> None:
    """Make the application answer every error with a problem, in one of the languages."""
    app.state.languages = languages
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(Poison, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)
    for passing in (Retry, *PASSING_FAULTS):
        app.add_exception_handler(passing, _passing)
    app.add_exception_handler(Exception, _unexpected)


def _asked(request: Request) -> ProblemContext:
    return ProblemContext.by(request.scope, request.app.state.languages)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused | Poison)
    asked = _asked(request)
    status = error.status if isinstance(error, Refused) else HTTPStatus.UNPROCESSABLE_ENTITY
    problem = describe(asked, status, error.code, error.message, remedy=error.remedy)
    if error.field is not None:
        field = FieldProblem(
            location="request",
            pointer=_pointer(error.field),
            code=error.code,
            detail=problem.detail,
            remedy=problem.remedy,
        )
        problem = problem.model_copy(update={"errors": (field,), "error_count": 1})
    return ProblemResponse(problem, asked, _headers(error))


def _headers(error: Refused | Poison) -> dict[str, str]:
    """What a refusal says in headers."""
    if isinstance(error, Unauthenticated):
        return _challenge(error)
    return {"retry-after": str(error.retry_after_seconds)} if isinstance(error, TooOften) else {}


def _challenge(error: Unauthenticated) -> dict[str, str]:
    """What RFC 6750 section 3 asks a 401 to say; no error code when no token was sent at all."""
    invalid = "" if error.code == "token-missing" else ', error="invalid_token"'
    return {"www-authenticate": f'Bearer realm="openitems"{invalid}'}


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    asked = _asked(request)
    errors = error.errors()
    fields = tuple(_field_problem(entry, asked.language) for entry in errors[:MAX_FIELD_PROBLEMS])
    malformed = any(field.code == "json_invalid" for field in fields)
    problem = describe(
        asked,
        HTTPStatus.BAD_REQUEST if malformed else HTTPStatus.UNPROCESSABLE_ENTITY,
        "malformed-json" if malformed else "invalid-request",
        Sentence("The body is not valid JSON.")
        if malformed
        else Sentence("{count} field(s) of the request are not valid.", count=len(errors)),
        remedy=Sentence("Mend the fields listed under errors and repeat."),
    )
    return ProblemResponse(problem.model_copy(update={"errors": fields, "error_count": len(errors)}), asked)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, Unauthenticated | TooOften):
        # Raised while the framework read a body, which it then calls unreadable.
        return await _refused(request, error.__cause__)
    status = HTTPStatus(error.status_code)
    code, detail, remedy = _HTTP_ERRORS.get(status, (status.phrase.lower().replace(" ", "-"), status.phrase, None))
    asked = _asked(request)
    return ProblemResponse(describe(asked, status, code, detail, remedy=remedy), asked, error.headers)


async def _passing(request: Request, error: Exception) -> Response:
    if not is_passing(error) and not isinstance(error, Retry):
        _log.error("request-failed", exc_info=error)
        return await _unexpected(request, error)
    _log.warning("request-put-off", error=type(error).__name__)
    asked = _asked(request)
    problem = describe(
        asked,
        HTTPStatus.SERVICE_UNAVAILABLE,
        "try-again",
        Sentence("The service cannot answer just now, nor say whether a command was carried out."),
        remedy=Sentence("Repeat in a moment, a command with the same Idempotency-Key: it has its effect once."),
    )
    return ProblemResponse(problem, asked, {"retry-after": str(RETRY_AFTER_SECONDS)})


async def _unexpected(request: Request, _error: Exception) -> Response:
    asked = _asked(request)
    problem = describe(
        asked,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal-error",
        Sentence("The service failed in a way that it did not foresee; nothing was changed."),
        remedy=Sentence("Quote the trace_id to the operators."),
    )
    return ProblemResponse(problem, asked)


_HTTP_ERRORS: Mapping[int, tuple[str, Sentence, Sentence]] = {
    400: ("malformed-body", Sentence("The body cannot be read."), Sentence("Send JSON in UTF-8.")),
    404: (
        "unknown-path",
        Sentence("There is nothing at this path."),
        Sentence("See /openapi.json for the paths of this service."),
    ),
    405: (
        "method-not-allowed",
        Sentence("This path does not know that method."),
        Sentence("Use a method that the Allow header names."),
    ),
    413: (
        "body-too-large",
        Sentence("The body is larger than this path takes."),
        Sentence("Split it into smaller requests."),
    ),
}

_SEND_AN_OBJECT = Sentence("Send a JSON object with content-type: application/json.")
_REMEDIES: Mapping[str, Sentence] = {
    "missing": Sentence("Give this field."),
    "extra_forbidden": Sentence("Leave this field out, or correct its name."),
    "int_type": Sentence("Send a whole number without quotes or decimal point; money is in minor units."),
    "int_from_float": Sentence("Send a whole number without decimal point; money is in minor units."),
    "int_parsing": Sentence("Send a whole number."),
    "json_invalid": Sentence("Mend the JSON at the given character."),
    "model_attributes_type": _SEND_AN_OBJECT,
    "model_type": _SEND_AN_OBJECT,
    "dict_type": _SEND_AN_OBJECT,
}
_SEE_SCHEMA = Sentence("See the schema of this operation in /openapi.json.")


def _field_problem(entry: Mapping[str, Any], language: Language) -> FieldProblem:
    """One of pydantic's errors in our words, without the value that was sent, which may be personal or secret."""
    location, *path = entry["loc"]
    kind = str(entry["type"])
    said = violation_of(entry)
    if kind == "json_invalid":
        said, path = Sentence("It is no JSON: see character {number}.", number=path[0] if path else 0), []
    return FieldProblem(
        location=str(location),
        pointer="".join(f"/{_escaped(part)}" for part in path),
        code=kind,
        detail=language.say(said),
        remedy=language.say(_REMEDIES.get(kind, _SEE_SCHEMA)),
    )


def _pointer(field: str) -> str:
    """A field as errors name it (`due_date`, `lines/0/amount`, a pointer already) as a JSON pointer."""
    return field if field.startswith("/") or not field else f"/{field}"


def _escaped(part: object) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")
