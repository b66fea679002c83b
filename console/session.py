"""A command's way to the services: addresses, token, calls, pages, downloads and long runs."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import typer

from console.exits import FAILED, TIMED_OUT, CommandFailed, of_problem
from console.output import say

Json = dict[str, Any]

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 180.0
ATTEMPTS = 32
"""Together a minute: a service that was killed is back within that, on a busy machine too."""
FIRST_PAUSE_SECONDS = 0.3
LONGEST_PAUSE_SECONDS = 2.0
POLL_SECONDS = 0.2
PAGE = 500
SERVICES = ("selection", "matching", "reminders", "writeoff")


@dataclass(frozen=True, slots=True)
class Target:
    """Where the services are, and the bearer token to show them."""

    urls: Mapping[str, str]
    token: str


Watch = Callable[[httpx.Headers, bytes], None]
"""Is told of a download: the answer's headers, and each chunk of the file."""
Connect = Callable[[str], Target]
"""Finds the services for an employee: the embedded stack's, or the ones that the environment names."""


def connect_by_environment(_employee: str) -> Target:
    """Addresses from OPENITEMS_URL_<SERVICE>, the token from OPENITEMS_TOKEN; CommandFailed says what is missing."""
    names = {service: f"OPENITEMS_URL_{service.upper()}" for service in SERVICES}
    missing = [name for name in (*names.values(), "OPENITEMS_TOKEN") if not os.environ.get(name)]
    if missing:
        raise CommandFailed(f"The services are not known. Set {', '.join(missing)}, or start a stack: openitems up.")
    return Target({service: os.environ[name] for service, name in names.items()}, os.environ["OPENITEMS_TOKEN"])


class Session:
    """Calls to the services as one employee in one administration."""

    def __init__(self, target: Target, administration: str | None, language: str) -> None:
        self.language = language
        self._administration = administration
        headers = {"authorization": f"Bearer {target.token}", "accept-language": language}
        timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
        self._clients = {
            name: httpx.Client(base_url=url, headers=headers, timeout=timeout) for name, url in target.urls.items()
        }

    @property
    def administration(self) -> str:
        """The administration that the command works in; CommandFailed when none was named."""
        if not self._administration:
            raise CommandFailed("Name the administration: --administration, or OPENITEMS_ADMINISTRATION.", 2)
        return self._administration

    def within(self, path: str) -> str:
        """A path below the administration: `items` is /v1/administrations/<administration>/items."""
        return f"/v1/administrations/{self.administration}/{path}"

    def get(self, service: str, path: str, **parameters: object) -> Json:
        """Read one thing."""
        return self._json(self._send(service, "GET", path, params=_given(parameters)))

    def read(self, service: str, path: str, **parameters: object) -> Any:
        """Read whatever JSON is there."""
        return self._send(service, "GET", path, params=_given(parameters)).json()

    def post(self, service: str, path: str, body: Any = None, *, key: str | None = None, **parameters: object) -> Json:
        """Carry out a command, once: the same key is sent with every attempt."""
        return self._change("POST", service, path, body, key=key, parameters=parameters)

    def put(self, service: str, path: str, body: Any = None, *, key: str | None = None, **parameters: object) -> Json:
        """Replace something, once."""
        return self._change("PUT", service, path, body, key=key, parameters=parameters)

    def delete(self, service: str, path: str, *, key: str | None = None, **parameters: object) -> Json:
        """Take something away, once."""
        return self._change("DELETE", service, path, None, key=key, parameters=parameters)

    def pages(self, service: str, path: str, **parameters: object) -> Iterator[Json]:
        """Every item of a keyset-paged list, page by page of PAGE or `limit`; nothing is capped silently."""
        asked: dict[str, object] = {"limit": PAGE, **parameters}
        cursor: str | None = None
        while True:
            page = self.get(service, path, cursor=cursor, **asked)
            yield from page["items"]
            cursor = page.get("next")
            if cursor is None:
                return

    def download(self, service: str, path: str, destination: Path, **parameters: object) -> httpx.Headers:
        """Stream an answer into a file, which appears only when it is whole; gives the answer's headers."""
        return self.download_watched(service, path, destination, _unwatched, **parameters)

    def download_watched(
        self, service: str, path: str, destination: Path, watch: Watch, **parameters: object
    ) -> httpx.Headers:
        """The same, and `watch` is called with the headers and each chunk as it comes."""
        partial = destination.with_name(destination.name + ".partial")
        destination.parent.mkdir(parents=True, exist_ok=True)
        try:
            with self._client(service).stream("GET", path, params=_given(parameters)) as answer:
                if answer.is_error:
                    answer.read()
                    self._raise(answer)
                with partial.open("wb") as file:
                    for chunk in answer.iter_bytes():
                        file.write(chunk)
                        watch(answer.headers, chunk)
        except httpx.TransportError as error:
            raise CommandFailed(f"The file from {service} broke off ({type(error).__name__}); try again.") from error
        partial.replace(destination)
        return answer.headers

    def upload(self, service: str, path: str, content: bytes, media_type: str, **parameters: object) -> Json:
        """Send a file as a command's body."""
        headers = {"content-type": media_type, "idempotency-key": str(uuid4())}
        return self._json(
            self._send(service, "POST", path, params=_given(parameters), content=content, headers=headers)
        )

    def follow(
        self, service: str, job_id: str, progress: Callable[[Json], None], limit_seconds: float = 3_600.0
    ) -> Json:
        """Wait for a long run and give its result; CommandFailed when it failed or took too long."""
        give_up_at = time.monotonic() + limit_seconds
        trouble = None
        while True:
            job = self.get(service, f"/v1/jobs/{job_id}")
            progress(job)
            if job["error"] and job["error"] != trouble and job["state"] in {"queued", "running"}:
                trouble = job["error"]
                say(f"A chunk failed and is tried again: {trouble.get('message')}")
            if job["state"] == "done":
                return dict(job["result"] or {})
            if job["state"] in {"failed", "cancelled"}:
                error = job.get("error") or {}
                raise CommandFailed(f"The run {job['state']}: {error.get('message', 'no reason was given')}", 3, error)
            if time.monotonic() > give_up_at:
                raise CommandFailed(f"The run {job_id} is still {job['state']} after {limit_seconds:.0f} s.", TIMED_OUT)
            time.sleep(POLL_SECONDS)

    def _change(self, method: str, service: str, path: str, body: Any, **sending: Any) -> Json:
        headers = {"idempotency-key": sending["key"] or str(uuid4())}
        parameters = _given(sending["parameters"])
        return self._json(self._send(service, method, path, json=body or {}, headers=headers, params=parameters))

    def _client(self, service: str) -> httpx.Client:
        return self._clients[service]

    def _send(self, service: str, method: str, path: str, **arguments: Any) -> httpx.Response:
        """Send, and again while the service is away: reads are harmless, and changes carry their key."""
        pause = FIRST_PAUSE_SECONDS
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer = self._client(service).request(method, path, **arguments)
            except httpx.TransportError as error:
                if attempt == ATTEMPTS:
                    raise CommandFailed(
                        f"{service} cannot be reached ({type(error).__name__}). See: openitems status.", FAILED
                    ) from error
            else:
                if answer.status_code not in {502, 503, 504} or attempt == ATTEMPTS:
                    self._raise(answer)
                    return answer
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        raise AssertionError("the last attempt returns or raises")

    @staticmethod
    def _raise(answer: httpx.Response) -> None:
        if not answer.is_error:
            return
        try:
            problem = answer.json()
        except ValueError:
            problem = {"detail": answer.text[:400]}
        raise of_problem(problem, answer.status_code)

    @staticmethod
    def _json(answer: httpx.Response) -> Json:
        return dict(answer.json()) if answer.content else {}


def _unwatched(_headers: httpx.Headers, _chunk: bytes) -> None:
    return None


def _given(parameters: Mapping[str, object]) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if value is not None}


def session_of(context: typer.Context) -> Session:
    """The session of the running command, opened at the first call."""
    opener: Opener = context.find_root().obj
    return opener.open()


@dataclass(slots=True)
class Opener:
    """Opens the session when a command first needs it, so that --help needs no services."""

    connect: Connect
    employee: str
    administration: str | None
    language: str
    _session: Session | None = None

    def open(self) -> Session:
        """The one session of this process."""
        if self._session is None:
            self._session = Session(self.connect(self.employee), self.administration, self.language)
        return self._session
