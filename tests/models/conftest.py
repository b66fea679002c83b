"""What tests of whole houses stand on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.databases import FreshDatabase
    from tests.models.preview_books import Books


@pytest.fixture
def books(database: FreshDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Books]:
    """Four services on which random books are begun, without a broker."""
    from tests.models.preview_books import open_books

    monkeypatch.setenv("OPENITEMS_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    with open_books(database, tmp_path) as opened:
        yield opened
