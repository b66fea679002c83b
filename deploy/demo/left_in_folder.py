"""What a demonstration leaves in a stack's folder, where it can be told only once."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console.exits import CommandFailed
from deploy.embedded import stack
from deploy.embedded.folder.layout import StackLayout


class LeftInFolder:
    """The demonstration in the stack of `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = folder / "demo"
        self.summary = self.files / "summary.json"
        self._own = self.files / "made-the-folder"
        """Exists in a folder in which there was no stack before the demonstration."""

    def check_untold(self) -> None:
        """Raises CommandFailed if it was told here: nothing is left to settle, and its set has its name already."""
        if self.summary.exists():
            raise CommandFailed(
                "The demonstration was told in {folder} already: name another --folder, or tell it --anew.",
                folder=self.folder,
            )

    @contextmanager
    def noted_whose_folder_it_is(self) -> Iterator[None]:
        """Note, if no stack was there before the block, that there is nothing in the folder but the demonstration."""
        is_own = not StackLayout(self.folder).lock_file.exists()
        yield
        self.files.mkdir(exist_ok=True)
        if is_own:
            self._own.touch()

    def forget(self) -> None:
        """Stop and remove a stack that a demonstration made; whatever else is in a folder is left alone."""
        if self._own.exists():
            stack.stop(self.folder)
            shutil.rmtree(self.folder)
