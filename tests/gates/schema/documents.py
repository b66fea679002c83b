"""A schema written down: as SQL to be read beside the migrations, and as a picture of its tables."""

import re
import textwrap
from collections.abc import Iterable, Iterator

from tests.gates.schema.catalogue import Column, Schema, Table
from tests.gates.schema.relations import RELATIONS, Relation

WIDTH = 116
OWNERS = {
    "chassis.schema": "What the chassis keeps in every service",
    "read_model.schema": "The read model",
    "read_model.item_schema": "The read model",
}
"""What is not the service's own, in the words of a heading; it comes after what is."""

INTRODUCTION = """\
Written by `make schemas` from PostgreSQL's own catalogue. Facts are keyed by the administration and the party first,
the unit of distribution. A line says what a row of one table is to rows of the other; no foreign key is declared, so
that facts may come in any order. What each column means stands in [schema.sql](../../services/{service}/schema.sql)."""


def section(table: Table) -> str:
    """The heading under which a table stands."""
    return OWNERS.get(table.owner, "Its own tables")


def sections(schema: Schema) -> dict[str, list[Table]]:
    """The tables by heading: the service's own first, then the read model's, then the chassis's."""
    headings = ["Its own tables", *reversed(dict.fromkeys(OWNERS.values()))]
    found = {heading: [table for table in schema.tables if section(table) == heading] for heading in headings}
    return {heading: tables for heading, tables in found.items() if tables}


def as_sql(schema: Schema) -> str:
    """The whole schema as SQL; it ends with a newline."""
    head = [
        f"-- The schema of {schema.name} after all of its migrations, with what each table and column means.",
        "-- Written by `make schemas` from PostgreSQL's own catalogue, to be read; what is applied are the migrations.",
    ]
    parts = ["\n".join(head)]
    for heading, tables in sections(schema).items():
        parts += [f"-- {heading}\n-- {'-' * len(heading)}", *(table_as_sql(table) for table in tables)]
    if schema.types:
        parts += [
            "-- Types\n-- -----",
            *(f"{comment(meaning)}{definition};" for _, meaning, definition in schema.types),
        ]
    if schema.sequences:
        parts += [
            "-- Sequences\n-- ---------",
            *(f"CREATE SEQUENCE {name} AS {type_};" for name, type_ in schema.sequences),
        ]
    if schema.functions:
        parts.append("-- Functions\n-- ---------")
        parts += [f"{comment(one.meaning)}{tidy(one.definition, schema.name)};" for one in schema.functions]
    return "\n\n".join(parts) + "\n"


def table_as_sql(table: Table) -> str:
    """One table, its columns explained above them, then its indexes and triggers."""
    lines = []
    for column in table.columns:
        lines += [f"    -- {line}" for line in wrapped(column.meaning, 4)] + [f"    {column_as_sql(column)},"]
    lines += [f"    {constraint}," for constraint in constraints_as_sql(table)]
    lines[-1] = lines[-1].removesuffix(",")
    body = "\n".join(lines)
    after = [f"{tidy(definition)};" for definition in (*table.indexes, *table.triggers)]
    return "\n".join([f"{comment(table.meaning)}CREATE TABLE {table.name} (\n{body}\n);", *after])


def constraints_as_sql(table: Table) -> Iterator[str]:
    """The constraints, named where the name says something that PostgreSQL would not have made up."""
    for constraint in table.constraints:
        is_ours = not re.fullmatch(rf"{table.name}_(\w+_)?(pkey|check|key)\d*", constraint.name)
        yield (f"CONSTRAINT {constraint.name} " if is_ours else "") + tidy(constraint.definition)


def column_as_sql(column: Column) -> str:
    """A column as CREATE TABLE says it."""
    words = [column.name, column.type.replace("timestamp with time zone", "timestamptz")]
    if column.collation:
        words.append(f'COLLATE "{column.collation}"')
    if column.is_not_null:
        words.append("NOT NULL")
    if column.is_identity:
        words.append("GENERATED ALWAYS AS IDENTITY")
    elif column.is_generated:
        words.append(f"GENERATED ALWAYS AS ({' '.join(str(column.expression).split())}) STORED")
    elif column.expression is not None:
        words.append(f"DEFAULT {column.expression}")
    return " ".join(words)


def comment(meaning: str | None) -> str:
    """What something means, as the lines above it."""
    return "".join(f"-- {line}\n" for line in wrapped(meaning, 0))


def wrapped(text: str | None, indent: int) -> list[str]:
    """A text in lines that fit behind `-- `."""
    return textwrap.wrap(" ".join((text or "").split()), WIDTH - indent)


def tidy(definition: str, schema: str = "") -> str:
    """A definition without what goes without saying: the schema's name, btree, a second pair of brackets."""
    lines = (line.rstrip() for line in definition.strip().splitlines())
    text = re.sub(r"\b(ON|FUNCTION|PROCEDURE) \w+\.", r"\1 ", "\n".join(lines)).replace(" USING btree ", " ")
    text = re.sub(r"^CHECK \(\((.*)\)\)$", r"CHECK (\1)", text, flags=re.DOTALL)
    return text.replace(f"{schema}.", "") if schema else text


def as_page(schema: Schema) -> str:
    """A page with the tables' picture and meanings; it ends with a newline."""
    parts = [
        f"# The tables of {schema.name}",
        INTRODUCTION.format(service=schema.name),
    ]
    for heading, tables in sections(schema).items():
        parts += [f"## {heading}", picture(tables, RELATIONS.get(schema.name, ())), meanings(tables)]
    return "\n\n".join(parts) + "\n"


def meanings(tables: Iterable[Table]) -> str:
    """A row for each table."""
    rows = [
        f"| `{table.name}` | {' '.join((table.meaning or '').split()).replace('|', chr(92) + '|')} |"
        for table in tables
    ]
    return "\n".join(["| table | what a row of it is |", "|---|---|", *rows])


def picture(tables: list[Table], relations: Iterable[Relation]) -> str:
    """The tables as a Mermaid diagram: their columns with keys, and what their rows are to one another's."""
    names = {table.name for table in tables}
    lines = ["erDiagram"]
    lines += [
        f'    {one.parent} {one.how} {one.child} : "{one.verb}"'
        for one in relations
        if {one.parent, one.child} <= names
    ]
    for table in tables:
        lines.append(f"    {table.name} {{")
        lines += [f"        {drawn(column, table)}" for column in table.columns]
        lines.append("    }")
    return "\n".join(["```mermaid", *lines, "```"])


def drawn(column: Column, table: Table) -> str:
    """A column as Mermaid takes it: a type of one word, the name, whether it is of the key."""
    type_ = re.sub(r"\(.*?\)", "", column.type).replace("timestamp with time zone", "timestamptz").replace(" ", "_")
    return f"{type_} {column.name}{' PK' if column.name in table.key else ''}"
