"""Whoever takes a download slowly holds up nobody."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from chassis.http.spooling import spooled

CHUNK = bytes(range(256)) * 256


class Maker:
    """Makes chunks of its own, and knows how far it is."""

    def __init__(self, chunks: int, fails_at: int | None = None) -> None:
        self.count = chunks
        self.fails_at = fails_at
        self.made = 0
        self.closed = asyncio.Event()

    async def chunks(self) -> AsyncGenerator[bytes]:
        try:
            for number in range(self.count):
                if number == self.fails_at:
                    raise ValueError("the rest cannot be read")
                self.made += 1
                yield CHUNK
        finally:
            self.closed.set()


async def test_everything_is_made_while_the_first_chunk_is_taken() -> None:
    maker = Maker(1_000)
    taken = spooled(maker.chunks())

    first = await anext(taken)
    await maker.closed.wait()
    rest = b"".join([chunk async for chunk in taken])

    assert first + rest == CHUNK * 1_000
    assert maker.made == 1_000


async def test_chunks_are_taken_as_they_come() -> None:
    may_go_on = asyncio.Event()

    async def chunks() -> AsyncGenerator[bytes]:
        yield b"begin"
        await may_go_on.wait()
        yield b"end"

    taken = spooled(chunks())

    assert await anext(taken) == b"begin"
    may_go_on.set()
    assert [chunk async for chunk in taken] == [b"end"]


async def test_what_fails_is_told_behind_all_that_was_made() -> None:
    taken = bytearray()

    async def take() -> None:
        async for chunk in spooled(Maker(10, fails_at=3).chunks()):
            taken.extend(chunk)

    with pytest.raises(ValueError, match="the rest cannot be read"):
        await take()

    assert bytes(taken) == CHUNK * 3


async def test_whoever_leaves_ends_the_making() -> None:
    maker = Maker(10**9)
    taken = spooled(maker.chunks())
    await anext(taken)

    await taken.aclose()

    assert maker.closed.is_set()
    assert maker.made < maker.count


async def test_nothing_is_a_download_too() -> None:
    assert [chunk async for chunk in spooled(Maker(0).chunks())] == []
