"""A terminal of some width, as a program that writes on it sees one."""

import os
import pty
import re
import struct
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import ioctl
from threading import Thread

LINES = 24
STYLES = re.compile(r"\x1b\[[0-9;]*m")


class Terminal:
    """A pair of ends: a program writes on the file called `name`, and what it wrote is read here."""

    def __init__(self, columns: int) -> None:
        self._ours, self._theirs = pty.openpty()
        ioctl(self._theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, columns, 0, 0))
        self.name = os.ttyname(self._theirs)
        self._written = bytearray()
        self._reader = Thread(target=self._read)
        self._reader.start()

    def text(self) -> str:
        """All that was written, without its styles, once nobody writes any more."""
        self._hang_up()
        return STYLES.sub("", self._written.decode()).replace("\r\n", "\n")

    def close(self) -> None:
        """Give both ends back."""
        self._hang_up()
        os.close(self._ours)

    def _hang_up(self) -> None:
        if self._reader.is_alive():
            os.close(self._theirs)
            self._reader.join()

    def _read(self) -> None:
        """Read until the last writer has hung up, which is told as an error."""
        while True:
            try:
                self._written += os.read(self._ours, 65_536)
            except OSError:
                return


@contextmanager
def terminal(columns: int) -> Iterator[Terminal]:
    """A terminal that is there for a while."""
    opened = Terminal(columns)
    try:
        yield opened
    finally:
        opened.close()
