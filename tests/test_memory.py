"""The folder in memory: nobody else's is touched, and what a killed run left behind goes."""

from pathlib import Path

import pytest

from tests import memory
from tests.memory import PREFIX, folder_in_memory


def test_it_is_there_while_it_is_used_and_gone_afterwards(tmp_path: Path) -> None:
    with folder_in_memory(Path("disk"), tmp_path) as folder:
        (folder / "file").write_text("kept")
        with folder_in_memory(Path("disk"), tmp_path) as other:
            assert other != folder
        assert (folder / "file").read_text() == "kept"

    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_behind_is_removed_by_the_next(tmp_path: Path) -> None:
    orphan = tmp_path / f"{PREFIX}killed"
    (orphan / "cluster").mkdir(parents=True)
    stranger = tmp_path / "another-programs"
    stranger.mkdir()

    with folder_in_memory(Path("disk"), tmp_path):
        assert not orphan.exists()

    assert list(tmp_path.iterdir()) == [stranger]


def test_the_disk_is_taken_where_there_is_no_such_memory_or_too_little(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with folder_in_memory(Path("disk"), tmp_path / "missing") as folder:
        assert folder == Path("disk")

    monkeypatch.setattr(memory, "NEEDED_BYTES", 2**63)
    with folder_in_memory(Path("disk"), tmp_path) as folder:
        assert folder == Path("disk")
