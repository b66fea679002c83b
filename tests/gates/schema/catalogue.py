"""One schema as PostgreSQL knows it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from chassis.queries import parse_queries

QUERIES = Path(__file__).with_name("catalogue.sql")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its type as SQL writes it, and what it means."""

    name: str
    type: str
    collation: str | None
    is_not_null: bool
    is_identity: bool
    is_generated: bool
    expression: str | None
    """Of its default, or what it is generated from."""
    meaning: str | None


@dataclass(frozen=True, slots=True)
class Constraint:
    """A constraint of a table; `kind` as in pg_constraint: p primary key, u unique, c check, f foreign key."""

    name: str
    kind: str
    definition: str
    columns: tuple[str, ...]


@dataclass(slots=True)
class Table:
    """A table with all that hangs on it."""

    name: str
    meaning: str | None
    owner: str
    """The package whose migrations made it."""
    columns: list[Column] = field(default_factory=list)
    constraints: list[Constraint] = field(default_factory=list)
    indexes: list[str] = field(default_factory=list)
    triggers: list[str] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, ...]:
        """The columns of its primary key."""
        return next((constraint.columns for constraint in self.constraints if constraint.kind == "p"), ())


@dataclass(frozen=True, slots=True)
class Function:
    """A function, a procedure or an aggregate."""

    name: str
    signature: str
    definition: str
    meaning: str | None


@dataclass(frozen=True, slots=True)
class Schema:
    """Everything that a service's migrations made."""

    name: str
    tables: list[Table]
    functions: list[Function]
    types: list[tuple[str, str | None, str]]
    """Name, meaning and definition of each type."""
    sequences: list[tuple[str, str]]

    def without_meaning(self) -> list[str]:
        """The tables, columns and functions that nobody explained."""
        tables = [table.name for table in self.tables if not table.meaning]
        columns = [
            f"{table.name}.{column.name}" for table in self.tables for column in table.columns if not column.meaning
        ]
        return tables + columns + [function.signature for function in self.functions if not function.meaning]


async def table_names(connection: "asyncpg.Connection[asyncpg.Record]", schema: str) -> list[str]:
    """The tables that a schema has now."""
    return [row["name"] for row in await connection.fetch(queries()["tables"], schema)]


async def read_schema(connection: "asyncpg.Connection[asyncpg.Record]", name: str, owners: dict[str, str]) -> Schema:
    """Read a schema; `owners` says which package's migrations made each table."""
    rows = {query: await connection.fetch(text, name) for query, text in queries().items()}
    tables = {row["name"]: Table(row["name"], row["meaning"], owners[row["name"]]) for row in rows["tables"]}
    for row in rows["columns"]:
        facts = dict(row)
        tables[facts.pop("table_name")].columns.append(Column(**facts))
    for row in rows["constraints"]:
        constraint = Constraint(row["name"], row["kind"], row["definition"], tuple(row["columns"]))
        tables[row["table_name"]].constraints.append(constraint)
    for table, definitions in by_table(rows["indexes"]).items():
        tables[table].indexes.extend(definitions)
    for table, definitions in by_table(rows["triggers"]).items():
        tables[table].triggers.extend(definitions)
    return Schema(
        name,
        list(tables.values()),
        [Function(**dict(row)) for row in rows["functions"]],
        [(row["name"], row["meaning"], type_definition(row)) for row in rows["types"]],
        [(row["name"], row["type"]) for row in rows["sequences"]],
    )


def queries() -> dict[str, str]:
    """The statements that read the catalogue."""
    return parse_queries(QUERIES.read_text("utf-8"), QUERIES.name)


def by_table(rows: Iterable[asyncpg.Record]) -> dict[str, list[str]]:
    """Definitions by the table that they hang on."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        found[row["table_name"]].append(row["definition"])
    return found


def type_definition(row: asyncpg.Record) -> str:
    """How SQL would make a type again."""
    if row["labels"]:
        return f"CREATE TYPE {row['name']} AS ENUM ({', '.join(row['labels'])})"
    fields = ",\n".join(f"    {written}" for written in row["fields"])
    return f"CREATE TYPE {row['name']} AS (\n{fields}\n)"
