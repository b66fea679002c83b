"""Writes the services' schemas down: `python -m tests.gates.schema`."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.embedded.postgres.server import Postgres
from tests.gates.schema.written import documents, schemas
from tests.gates.tree import ROOT


async def main() -> None:
    """Migrate every service into a server of its own, and write down what it made."""
    with TemporaryDirectory() as folder, Postgres(Path(folder) / "postgres") as postgres:
        for name, text in documents(await schemas(postgres)).items():
            path = ROOT / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
