"""A small service for the supervisor's tests: a real process that is ready while it can use its database.

Without an argument it serves; with `stubborn` it serves and never heeds a request to stop; with `migrate` or `replay`
it notes in the document store that it did so.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

import asyncpg


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    asked = await reader.readuntil(b"\r\n\r\n")
    body = b'{"drained": true, "lag": {"item-posted-0": 0}}' if b"/v1/progress" in asked else b""
    try:
        connection = await asyncpg.connect(os.environ["OPENITEMS_DATABASE_URL"], timeout=1)
        who = await connection.fetchval("SELECT current_user")
        await connection.close()
    except (OSError, asyncpg.PostgresError, TimeoutError):
        who = None
    status = "200 OK" if who == f"openitems_{os.environ['OPENITEMS_SERVICE']}" else "503 Service Unavailable"
    writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
    await writer.drain()
    writer.close()


async def serve() -> None:
    server = await asyncio.start_server(
        answer, os.environ["OPENITEMS_HTTP_HOST"], int(os.environ["OPENITEMS_HTTP_PORT"])
    )
    async with server:
        await server.serve_forever()


async def migrate() -> None:
    connection = await asyncpg.connect(os.environ["OPENITEMS_MIGRATION_DATABASE_URL"])
    await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {os.environ['OPENITEMS_SERVICE']}")
    await connection.close()
    note("migrate")


def note(task: str) -> None:
    with (Path(os.environ["OPENITEMS_DOCUMENT_STORE"]) / "tasks").open("a") as file:
        file.write(f"{os.environ['OPENITEMS_SERVICE']} {task}\n")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["migrate"]:
            asyncio.run(migrate())
        case ["replay"]:
            note("replay")
        case ["stubborn"]:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            asyncio.run(serve())
        case _:
            asyncio.run(serve())
