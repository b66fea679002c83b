"""Asking a service whether it is ready."""

import http.client

from deploy.embedded.processes.ports import HOST

ANSWER_LIMIT_SECONDS = 2.0


def is_ready(port: int) -> bool:
    """Whether the service on this port answers 200 to `/readyz` within ANSWER_LIMIT_SECONDS."""
    connection = http.client.HTTPConnection(HOST, port, timeout=ANSWER_LIMIT_SECONDS)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
