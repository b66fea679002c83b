"""A small service for the supervisor's tests: a real process that is ready while it can use its database.

Without an argument it serves; with `stubborn` it serves and never heeds a request to stop; with `migrate` it
makes an outbox with an event that counts as published.
"""

import asyncio
import os
import signal
import sys

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
    schema = os.environ["OPENITEMS_SERVICE"]
    connection = await asyncpg.connect(
        os.environ["OPENITEMS_MIGRATION_DATABASE_URL"], server_settings={"search_path": schema}
    )
    await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}; GRANT USAGE ON SCHEMA {schema} TO PUBLIC")
    await connection.execute("CREATE TABLE IF NOT EXISTS outbox (published_at timestamptz)")
    await connection.execute("GRANT SELECT, UPDATE ON outbox TO PUBLIC; INSERT INTO outbox VALUES (now())")
    await connection.close()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["migrate"]:
            asyncio.run(migrate())
        case ["stubborn"]:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            asyncio.run(serve())
        case _:
            asyncio.run(serve())
