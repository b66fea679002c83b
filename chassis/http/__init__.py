"""REST as every service speaks it: tokens, idempotent commands, problems, pages, files, limits, health.

A service declares its routes on an APIRouter and hands them to `create_app`. Each of them demands a valid token, and
access to the administration that its path names. A route that changes something takes a `RequestBody`, an actor with a
role (`Clerk`, `Approver`, `Operator`, …) and an `IdempotentCommand`, and returns
`run_command(database, command, operation)`.
"""

from chassis.http.app import ServiceApi, create_app
from chassis.http.authorization import (
    Administration,
    AnyActor,
    Approver,
    Clerk,
    Employed,
    Operator,
    Overseer,
    Reader,
    require,
)
from chassis.http.files import Column, FileFormat, Table, as_file, stream_csv, stream_ndjson
from chassis.http.health import Readiness
from chassis.http.idempotency import CommandAnswer, IdempotentCommand, KeyedCommand, drop_expired_keys, run_command
from chassis.http.kept_sentences import Told, ToldReason, reader_language, told
from chassis.http.limits import MEBIBYTE, HttpLimits
from chassis.http.operator import OperatorPorts
from chassis.http.paging import DEFAULT_LIMIT, Cursor, Keyset, Limit, Page
from chassis.http.request_bodies import RequestBody, RequestPart
from chassis.http.server import web_server
from chassis.http.views import View, shown_as, whole
from chassis.notations import RFC_4180, SPREADSHEET, Notation

__all__ = [
    "DEFAULT_LIMIT",
    "MEBIBYTE",
    "RFC_4180",
    "SPREADSHEET",
    "Administration",
    "AnyActor",
    "Approver",
    "Clerk",
    "Column",
    "CommandAnswer",
    "Cursor",
    "Employed",
    "FileFormat",
    "HttpLimits",
    "IdempotentCommand",
    "KeyedCommand",
    "Keyset",
    "Limit",
    "Notation",
    "Operator",
    "OperatorPorts",
    "Overseer",
    "Page",
    "Reader",
    "Readiness",
    "RequestBody",
    "RequestPart",
    "ServiceApi",
    "Table",
    "Told",
    "ToldReason",
    "View",
    "as_file",
    "create_app",
    "drop_expired_keys",
    "reader_language",
    "require",
    "run_command",
    "shown_as",
    "stream_csv",
    "stream_ndjson",
    "told",
    "web_server",
    "whole",
]
