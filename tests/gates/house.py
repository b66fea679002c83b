"""How the services are laid out: who runs queries, where routes stand, what each folder holds."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath

Check = Callable[[str, ast.Module], Iterator[str]]
"""What is wrong in one module: its path from the root, its syntax tree."""

SHAPE = frozenset(
    {
        "__init__.py",
        "__main__.py",
        "api",
        "app.py",
        "consumers.py",
        "domain",
        "migrations",
        "operations",
        "schema.sql",
        "sql",
        "store",
        "translations",
    }
)
"""What every service has, and nothing else but what follows."""

MAY_HAVE = {
    "settings.py": "a service with settings of its own",
    "reminders/documents": "letters are kept in a folder or a bucket, which no other service does",
    "reminders/law": "the law of interest and fees is data and rules of their own, by country",
    "reminders/letters": "letters are set and printed",
    "reminders/mail": "letters are sent, and what bounces is read",
}
"""What one service may have besides, and why."""

LOADS_ITS_OWN = {
    "deploy/embedded/postgres/databases.py": "it makes the roles and databases that the services live in",
}
"""Who else than stores, the read model and the chassis loads queries, and why."""

SHARED_ROUTES = {
    "read_model/standings.py": "how an import compares with what a service knows: two routes, the same in each",
    "read_model/totals.py": "the totals that all services are compared by: one route, the same in each",
    "read_model/today.py": "the day that it is in an administration: one route, the same in each",
}
"""Routes outside of a service's api/ and the chassis, and why."""

WRITES_FILES = ("chassis/http/", "console/importing/records.py")
"""Where files of rows are written: by services, and the report of an import on the person's own machine."""
WRITERS = {"csv.writer", "csv.DictWriter", "openpyxl.Workbook", "xlsxwriter"}

RUNS_STATEMENTS = {"fetch", "fetchrow", "fetchval", "execute", "executemany", "cursor", "copy_records_to_table"}
ROUTES = {"get", "post", "put", "delete", "patch", "api_route", "websocket"}
SQL_WORDS = re.compile(
    r"\b(SELECT|WHERE|JOIN|(ORDER|GROUP) BY|COLLATE|COALESCE|CASE|DISTINCT|EXISTS|BETWEEN|(IS|NOT) NULL|(AS|DE)SC)\b"
    r"|\$\d|\w::[a-z]",
)


def belongs_to(name: str) -> tuple[str, str]:
    """The part of the house that a module stands in: ("matching", "store"); ("", "chassis") outside of services."""
    parts = PurePosixPath(name).with_suffix("").parts
    match parts:
        case ("services", service, part, *_):
            return service, part
        case (package, *_):
            return "", package
        case _:
            return "", ""


def called(node: ast.AST) -> str:
    """The name by which something is called: `load_queries`, or `fetch` of `connection.fetch`."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def queries_outside_of_stores(name: str, tree: ast.Module) -> Iterator[str]:
    """Queries are loaded by stores, by the read model and by the chassis, each its own."""
    service, part = belongs_to(name)
    own = f"services.{service}" if service else part
    may = part == "store" or (not service and part in {"chassis", "read_model"}) or name in LOADS_ITS_OWN
    for node in ast.walk(tree):
        # Under another name a call would not be known.
        if isinstance(node, ast.ImportFrom) and any(alias.name == "load_queries" for alias in node.names) and not may:
            yield f"{name}:{node.lineno} imports what loads queries"
        if not (isinstance(node, ast.Call) and called(node) == "load_queries"):
            continue
        if not may:
            yield f"{name}:{node.lineno} loads queries"
        for argument in node.args:
            of = argument.value if isinstance(argument, ast.Constant) else None
            if isinstance(of, str) and of != own and not of.startswith(f"{own}."):
                yield f"{name}:{node.lineno} loads the queries of {of}"


def statements_outside_of_stores(name: str, tree: ast.Module) -> Iterator[str]:
    """In a service nothing but the store runs a statement."""
    service, part = belongs_to(name)
    if service and part != "store":
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and called(node) in RUNS_STATEMENTS:
                yield f"{name}:{node.lineno} runs a statement"


def routes_outside_of_the_api(name: str, tree: ast.Module) -> Iterator[str]:
    """Routes stand in a service's api/; those that every service has stand in the chassis."""
    service, part = belongs_to(name)
    if (service and part == "api") or name.startswith("chassis/http/") or name in SHARED_ROUTES or part == "console":
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called(node) in {"APIRouter", "add_api_route"}:
            yield f"{name}:{node.lineno} makes routes"
        for decorator in getattr(node, "decorator_list", ()):
            if called(decorator) in ROUTES and has_path(decorator):
                yield f"{name}:{decorator.lineno} is a route"


def has_path(call: ast.expr) -> bool:
    """Whether the first thing that is handed over is the path of a route."""
    match call:
        case ast.Call(args=[ast.Constant(value=str(path)), *_]):
            return path.startswith("/") or not path
        case _:
            return False


def more_than_the_table(name: str, tree: ast.Module) -> Iterator[str]:
    """consumers.py says which event leads to which operation, and nothing else."""
    if belongs_to(name)[1] != "consumers":
        return
    for statement in tree.body:
        if isinstance(statement, ast.Import | ast.ImportFrom) or is_text(statement):
            continue
        if isinstance(statement, ast.FunctionDef) and statement.name == "handlers":
            steps = [step for step in statement.body if not is_text(step)]
            if len(steps) == 1 and isinstance(steps[0], ast.Return) and isinstance(steps[0].value, ast.Dict):
                continue
        yield f"{name}:{statement.lineno} is more than the table of handlers"


def is_text(statement: ast.stmt) -> bool:
    """Whether a statement is a docstring."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def sql_in_the_domain(name: str, tree: ast.Module) -> Iterator[str]:
    """The domain writes no pieces of SQL, whoever puts them together."""
    if belongs_to(name)[1] != "domain":
        return
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in said]
    for node in texts:
        if isinstance(node.value, str) and SQL_WORDS.search(node.value):
            yield f"{name}:{node.lineno} builds SQL: {node.value.strip()[:40]!r}"


def files_written_elsewhere(name: str, tree: ast.Module) -> Iterator[str]:
    """CSV and workbooks that are not written by the one exporter, which knows what spreadsheets take for formulas."""
    if name.startswith(WRITES_FILES):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.expr | ast.stmt) and used(node) & WRITERS:
            yield f"{name}:{node.lineno} writes a file of its own: {', '.join(sorted(used(node) & WRITERS))}"


def used(node: ast.AST) -> set[str]:
    """What a node takes of a module, as `module.name`, and the package that it imports from."""
    match node:
        case ast.Attribute():
            return {ast.unparse(node)}
        case ast.Import(names):
            return {alias.name.partition(".")[0] for alias in names}
        case ast.ImportFrom(module, names) if module:
            return {module.partition(".")[0], *(f"{module}.{alias.name}" for alias in names)}
        case _:
            return set()


def misshapen(service: str, entries: Iterable[str]) -> list[str]:
    """What a service's folder lacks, and what stands in it that no service has; `entries` are the names in it."""
    found = frozenset(entries)
    allowed = {entry for entry in found if entry in SHAPE or entry in MAY_HAVE or f"{service}/{entry}" in MAY_HAVE}
    missing = [f"services/{service} has no {entry}" for entry in sorted(SHAPE - found)]
    return missing + [f"services/{service}/{entry} is found in no other service" for entry in sorted(found - allowed)]


CHECKS: tuple[Check, ...] = (
    queries_outside_of_stores,
    statements_outside_of_stores,
    routes_outside_of_the_api,
    more_than_the_table,
    sql_in_the_domain,
    files_written_elsewhere,
)
