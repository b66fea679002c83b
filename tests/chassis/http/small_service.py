"""A small service as others are built: a command, a list, exports, and routes that fail in every way."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import date
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID, uuid4

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from chassis.database import Connection, Database
from chassis.errors import Poison, Refused, Retry
from chassis.http import (
    DEFAULT_LIMIT,
    SPREADSHEET,
    Clerk,
    CommandAnswer,
    Cursor,
    IdempotentCommand,
    Keyset,
    Limit,
    Page,
    RequestBody,
    RequestPart,
    run_command,
    stream_csv,
    stream_ndjson,
)
from chassis.jobs import NewJob, add_job

SECRET = "hunter2hunter2"
LARGE_BODY_BYTES = 5000


class Kind(StrEnum):
    FINE = "fine"
    FEE = "fee"


class Line(RequestPart):
    amount: int = Field(gt=0)


class Booking(RequestBody):
    kind: Kind
    booked_on: date
    lines: list[Line] = Field(min_length=1)
    remark: str = ""


class Booked(BaseModel):
    booking_id: UUID
    amount: int


class ItemKey(NamedTuple):
    due_date: date
    item_id: str


ITEMS = Keyset("items", ItemKey)


class SmallService:
    """What the tests can hold up, break, or look at."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.items: list[ItemKey] = []
        self.running = asyncio.Event()
        self.may_end = asyncio.Event()
        self.may_end.set()
        self.errors: list[Exception] = []
        self.exported_rows = 0
        self.export_breaks_at: int | None = None
        self.export_closed = asyncio.Event()

    async def book(self, connection: Connection, administration: str, employee: str, booking: Booking) -> CommandAnswer:
        job = NewJob(
            job_id=uuid4(), kind=booking.kind, administration=administration, employee=employee, parameters={"x": 1}
        )
        await add_job(connection, job)
        self.running.set()
        await self.may_end.wait()
        if self.errors:
            raise self.errors.pop(0)
        total = sum(line.amount for line in booking.lines)
        return CommandAnswer(
            body=Booked(booking_id=job.job_id, amount=total), status=201, location=f"/v1/jobs/{job.job_id}"
        )

    async def rows(self) -> AsyncGenerator[tuple[str, int]]:
        try:
            for number in range(self.exported_rows):
                if number == self.export_breaks_at:
                    raise Refused("export-changed", f"What is exported has changed: {SECRET}.")
                yield f"=item {number}", number
                await asyncio.sleep(0)
        finally:
            self.export_closed.set()


def small_router(service: SmallService) -> APIRouter:
    router = APIRouter(prefix="/v1/administrations/{administration}")

    @router.post("/bookings", status_code=201, response_model=Booked)
    async def book(administration: str, booking: Booking, actor: Clerk, command: IdempotentCommand) -> Response:
        return await run_command(
            service.database,
            command,
            lambda connection: service.book(connection, administration, actor.employee, booking),
        )

    @router.post("/imports", max_body_size=LARGE_BODY_BYTES)
    async def take_import(administration: str, booking: Booking) -> str:
        return f"{administration}: {len(booking.remark)}"

    @router.get("/items")
    async def items(administration: str, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Page[str]:
        after = ITEMS.decode(cursor)
        rows = [key for key in service.items if after is None or key > after][: limit + 1]
        return ITEMS.page(rows, limit, key=lambda key: key, show=lambda key: f"{administration}/{key.item_id}")

    _add_exports(router, service)
    _add_failures(router)
    return router


def _add_exports(router: APIRouter, service: SmallService) -> None:
    @router.get("/items.csv")
    async def csv() -> Response:
        return await stream_csv(("item", "amount"), service.rows(), filename="items, of today.csv")

    @router.get("/items.xls.csv")
    async def spreadsheet() -> Response:
        return await stream_csv(("item", "amount"), service.rows(), filename="items.csv", profile=SPREADSHEET)

    @router.get("/items.ndjson")
    async def ndjson() -> Response:
        return await stream_ndjson(service.rows(), filename="items.ndjson")


def _add_failures(router: APIRouter) -> None:
    @router.get("/refused")
    async def refused() -> None:
        raise Refused("period-closed", "May 2024 is closed.", field="lines/0/booked_on", remedy="Book in June.")

    @router.get("/poison")
    async def poison() -> None:
        raise Poison("contract-violation", "Input should be a valid integer", field="amount")

    @router.get("/passing")
    async def passing() -> None:
        raise Retry("the database is away")

    @router.get("/broken")
    async def broken() -> None:
        raise RuntimeError(f"the password is {SECRET}")

    @router.get("/slow")
    async def slow() -> None:
        await asyncio.sleep(30)
