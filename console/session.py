"""A command's way to the services: addresses, token, calls, pages, downloads and long runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import typer

from chassis.sentences import Retold, Sentence
from console.caller import Caller, Target
from console.exits import FAILED, REFUSED, TIMED_OUT, CommandFailed, of_problem
from console.option_names import Named, option_names
from console.output import say
from console.words import coded

Json = dict[str, Any]

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 180.0
ATTEMPTS = 32
"""Together a minute: a service that was killed is back within that, on a busy machine too."""
FIRST_PAUSE_SECONDS = 0.3
LONGEST_PAUSE_SECONDS = 2.0
POLL_SECONDS = 0.2
PAGE = 500
SESSION = "console.session"
"""Under this name a command's context keeps its session."""


Watch = Callable[[httpx.Headers, bytes], None]
"""Is told of a download: the answer's headers, and each chunk of the file."""


class Session:
    """Calls to the services as one employee in one administration."""

    def __init__(self, target: Target, administration: str | None, language: str, named: Named | None = None) -> None:
        self.language = language
        self._named = named
        self._administration = administration
        self._target = target
        self._clients: dict[str, httpx.Client] = {}
        self._today: str | None = None

    @property
    def administration(self) -> str:
        """The administration that the command works in; CommandFailed when none was named."""
        if not self._administration:
            raise CommandFailed("Name the administration: --administration, or OPENITEMS_ADMINISTRATION.", 2)
        return self._administration

    def within(self, path: str) -> str:
        """A path below the administration: `items` is /v1/administrations/<administration>/items."""
        return f"/v1/administrations/{self.administration}/{path}"

    def today(self, service: str) -> str:
        """The day that it is in the administration, as the service says it: no clock of this machine is asked."""
        if self._today is None:
            self._today = str(self.get(service, self.within("today"))["today"])
        return self._today

    def close(self) -> None:
        """Close the connections to all services."""
        for client in self._clients.values():
            client.close()

    def get(self, service: str, path: str, **parameters: object) -> Json:
        """Read an object of a service."""
        return self._json(self._send(service, "GET", path, params=_given(parameters)))

    def read(self, service: str, path: str, **parameters: object) -> Any:
        """Read what a service answers, be it an object or a list."""
        return self._send(service, "GET", path, params=_given(parameters)).json()

    def post(self, service: str, path: str, body: Any = None, *, key: str | None = None, **parameters: object) -> Json:
        """Carry out a command, once: the same key is sent with every attempt. A body of bytes is JSON already."""
        return self._change("POST", service, path, body, key=key, parameters=parameters)

    def put(self, service: str, path: str, body: Any = None, *, key: str | None = None, **parameters: object) -> Json:
        """Replace what a path names; sent again after a fault, it changes nothing more."""
        return self._change("PUT", service, path, body, key=key, parameters=parameters)

    def delete(self, service: str, path: str, *, key: str | None = None, **parameters: object) -> Json:
        """Delete what a path names; gives it as it last was."""
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
            raise CommandFailed(
                "The file from {service} broke off ({fault}); try again.", service=service, fault=type(error).__name__
            ) from error
        partial.replace(destination)
        return answer.headers

    def upload(self, service: str, path: str, content: bytes, media_type: str, **parameters: object) -> Json:
        """Send a file to a service, once: its bytes are the whole body of the request."""
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
                failed = Retold(trouble.get("message") or "")
                say(Sentence("A chunk failed and is tried again: {reason}", reason=failed), self.language)
            if job["state"] == "done":
                return dict(job["result"] or {})
            if job["state"] == "cancelled":
                raise CommandFailed(
                    "The run ended after {done} of {total}. {reason}",
                    REFUSED,
                    job["error"] | {"result": job["result"]},
                    done=job["done"],
                    total=job["total"] or Sentence("an unknown number"),
                    reason=Retold(job["error"]["message"]),
                )
            if job["state"] == "failed":
                error = job.get("error") or {}
                reason = Retold(error.get("message") or "") or Sentence("no reason was given")
                raise CommandFailed("The run failed: {reason}", REFUSED, error, reason=reason)
            if time.monotonic() > give_up_at:
                raise CommandFailed(
                    "The run {job_id} is still {state} after {limit_seconds:.0f} s.",
                    TIMED_OUT,
                    job_id=job_id,
                    state=coded(job["state"], self.language),
                    limit_seconds=limit_seconds,
                )
            time.sleep(POLL_SECONDS)

    def _change(self, method: str, service: str, path: str, body: Any, **sending: Any) -> Json:
        headers = {"idempotency-key": sending["key"] or str(uuid4())}
        parameters = _given(sending["parameters"])
        if isinstance(body, bytes):
            content = {"content": body, "headers": headers | {"content-type": "application/json"}}
        else:
            content = {"json": body or {}, "headers": headers}
        return self._json(self._send(service, method, path, params=parameters, **content))

    def _client(self, service: str) -> httpx.Client:
        """The connection to a service, made at its first call; authorities are read only where there is TLS."""
        if service not in self._clients:
            url = self._target.urls[service]
            headers = {"authorization": f"Bearer {self._target.token}", "accept-language": self.language}
            timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
            encrypted = url.startswith("https:")
            self._clients[service] = httpx.Client(base_url=url, headers=headers, timeout=timeout, verify=encrypted)
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
                        "{service} cannot be reached ({fault}). See: openitems status.",
                        FAILED,
                        service=service,
                        fault=type(error).__name__,
                    ) from error
            else:
                if answer.status_code not in {502, 503, 504} or attempt == ATTEMPTS:
                    self._raise(answer)
                    return answer
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        raise AssertionError("the last attempt returns or raises")

    def _raise(self, answer: httpx.Response) -> None:
        if not answer.is_error:
            return
        try:
            problem = answer.json()
        except ValueError:
            problem = {"detail": answer.text[:400]}
        raise of_problem(problem, answer.status_code, self._named)

    @staticmethod
    def _json(answer: httpx.Response) -> Json:
        return dict(answer.json()) if answer.content else {}


def _unwatched(_headers: httpx.Headers, _chunk: bytes) -> None:
    return None


def _given(parameters: Mapping[str, object]) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if value is not None}


def session_of(context: typer.Context) -> Session:
    """The one session of the running command.

    It is opened at the first call, so that --help needs no services, and closed when the command ends.
    """
    root = context.find_root()
    if SESSION not in root.meta:
        caller: Caller = root.obj
        named = option_names(context)
        session = Session(caller.connect(caller.employee), caller.administration, caller.language, named)
        root.call_on_close(session.close)
        root.meta[SESSION] = session
    opened: Session = root.meta[SESSION]
    return opened
