"""What documents point at is there: links between pages, headings, and paths that they name."""

import re
from pathlib import Path

import pytest

from tests.gates.tree import ROOT, files, named

LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
CODE = re.compile(r"`(?P<path>[\w.*{}-]+(?:/[\w.*{},-]+)+/?)`")
HEADING = re.compile(r"^#+ (?P<text>.+)$", re.MULTILINE)
OUTSIDE = ("http://", "https://", "mailto:")
TOP = {path.name for path in ROOT.iterdir() if path.name not in {".git", ".venv"}}
"""The first part by which a path of this repository is known."""
PAGES = [path for path in files() if path.suffix == ".md"]
RECIPES = ROOT / "docs" / "recipes"
"""Pages that name files which following them makes; tests/recipes follows them."""
MUST_LINK = {
    "README.md": [
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "LICENSE",
        "docs/architecture.md",
        "docs/glossary.md",
        "docs/adr/README.md",
        "docs/guarantees.md",
        "docs/requirements.md",
        "docs/reminders.md",
    ],
    "CONTRIBUTING.md": [
        "docs/architecture.md",
        "docs/glossary.md",
        *(f"docs/recipes/{page.name}" for page in sorted(RECIPES.glob("*.md"))),
    ],
}
"""What a newcomer must find from a page without searching."""


def anchor(heading: str) -> str:
    """The name that a heading gets in a link."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def broken_links(page: Path, text: str) -> list[str]:
    """Links of a page to files or headings that are not there."""
    found = []
    for match in LINK.finditer(text):
        target = match["target"]
        if target.startswith(OUTSIDE):
            continue
        name, _, heading = target.partition("#")
        path = (page.parent / name) if name else page
        there = path.exists()
        if there and heading and path.suffix == ".md":
            content = text if path == page else path.read_text(encoding="utf-8")
            there = heading in {anchor(found["text"]) for found in HEADING.finditer(content)}
        if not there:
            found.append(f"{named(page)}: {target}")
    return found


def broken_paths(page: Path, text: str) -> list[str]:
    """Paths in code marks that begin like a folder of ours, beside the page or from the root, and lead nowhere."""
    if RECIPES in page.parents:
        return []
    found = []
    for match in CODE.finditer(text):
        path = match["path"].rstrip("/")
        if path.split("/")[0] not in TOP:
            continue
        patterns = [path.replace("{" + inner + "}", one) for inner in braces(path) for one in inner.split(",")] or [
            path
        ]
        found += [f"{named(page)}: {one}" for one in patterns if not any(ROOT.glob(one))]
    return found


def braces(path: str) -> list[str]:
    """What stands between braces in a path, as a shell reads them."""
    return re.findall(r"\{([^}]*)\}", path)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_what_a_page_points_at_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert broken_links(page, text) + broken_paths(page, text) == []


@pytest.mark.parametrize("page", MUST_LINK)
def test_a_newcomer_finds_what_they_need_from(page: str) -> None:
    linked = {match["target"].partition("#")[0] for match in LINK.finditer((ROOT / page).read_text(encoding="utf-8"))}

    assert [target for target in MUST_LINK[page] if target not in linked] == []


def test_a_broken_link_and_a_broken_path_are_noticed() -> None:
    text = "[gone](docs/gone.md) [part](#nowhere) `docs/gone.md` `services/{matching,gone}/api` [good](README.md)\n"

    assert len(broken_links(ROOT / "page.md", text)) == 2
    assert broken_paths(ROOT / "page.md", text) == ["page.md: docs/gone.md", "page.md: services/gone/api"]
