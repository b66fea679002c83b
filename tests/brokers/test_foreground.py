"""What runs in the foreground ends when told to, however early, and though jobs in the background ignore Ctrl-C."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIMIT_SECONDS = 30.0
AT_ONCE = """
import os, signal, sys
from tests.brokers.__main__ import say_and_wait

signal.signal(signal.SIGINT, signal.SIG_IGN)

class Reader:
    def write(self, line):
        os.kill(os.getpid(), signal.SIGINT)
    def flush(self):
        pass

sys.stdout = Reader()
say_and_wait("ready")
"""


def test_a_signal_that_comes_before_anybody_waits_for_it_is_not_lost() -> None:
    done = subprocess.run([sys.executable, "-c", AT_ONCE], cwd=ROOT, check=False, timeout=LIMIT_SECONDS)

    assert done.returncode == 0
