"""How a command finds the services: those that the environment names, or those of the embedded stack."""

from __future__ import annotations

import os
from pathlib import Path

from console.caller import SERVICES, Target, connect_by_environment
from console.exits import CommandFailed
from deploy.embedded.clock import now_utc
from deploy.embedded.errors import StackError
from deploy.embedded.folder.layout import DEFAULT_FOLDER, FOLDER_VARIABLE, StackLayout
from deploy.embedded.tokens import issue_token

ROLES = ("clerk", "approver", "operator", "auditor")
BEARER_VARIABLE = "OPENITEMS_TOKEN"


def connect(employee: str) -> Target:
    """The services of the embedded stack, unless the environment names others.

    Whoever may read the stack's folder is its owner, and may act as any employee in any role.
    """
    if os.environ.get(BEARER_VARIABLE):
        return connect_by_environment(employee)
    folder = Path(os.environ.get(FOLDER_VARIABLE, str(DEFAULT_FOLDER)))
    try:
        children = StackLayout(folder).recorded_status().children
    except StackError as error:
        raise CommandFailed("{error}", error=error) from error
    urls = {child.name: child.url for child in children if child.name in SERVICES and child.url}
    if set(urls) != set(SERVICES):
        return connect_by_environment(employee)
    return Target(urls, issue_token(folder, employee, ["*"], ROLES, now_utc()))
