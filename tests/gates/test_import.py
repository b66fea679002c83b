"""Importing a module opens nothing, starts nothing and writes nothing."""

import subprocess
import sys

import pytest

from tests.declared import SERVICES, declared_services
from tests.gates.tree import PACKAGES, ROOT, python_files

SECONDS_MAX = 120

# Runs in a process of its own: an audit hook can never be removed.
WATCH = """
import importlib, sys, threading

root, names = sys.argv[1], sys.argv[2:]
EVENTS = ("socket.", "subprocess.", "threading.", "shutil.", "os.system", "os.mkdir", "os.remove", "os.rename")
start = threading.Thread.start

def audited_start(thread):
    sys.audit("threading.start", thread.name)
    start(thread)

def watch(event, arguments):
    if event == "open":
        if not isinstance(arguments[1], str) or not set(arguments[1]) & set("wax+"):
            return
    elif not event.startswith(EVENTS):
        return
    frame = sys._getframe(1)
    while frame and frame.f_code.co_name != "<module>":
        frame = frame.f_back
    if frame and frame.f_code.co_filename.startswith(root):
        print(f"{frame.f_code.co_filename}:{frame.f_lineno}: {event} {arguments!r:.80}")

sys.dont_write_bytecode = True
threading.Thread.start = audited_start
sys.addaudithook(watch)
for name in names:
    try:
        importlib.import_module(name)
    except Exception as error:
        print(f"{name}: {error!r}")
"""


def modules() -> list[str]:
    paths = (path.relative_to(ROOT).with_suffix("") for path in python_files(*PACKAGES))
    return sorted({".".join(path.parts).removesuffix(".__init__") for path in paths if path.name != "__main__"})


def watched(*names: str, root: str) -> str:
    command = [sys.executable, "-c", WATCH, f"{root}/", *names]
    return subprocess.run(command, cwd=root, capture_output=True, check=True, text=True, timeout=SECONDS_MAX).stdout


def test_importing_any_module_has_no_effect() -> None:
    assert watched(*modules(), root=str(ROOT)) == ""


def test_every_service_declares_itself() -> None:
    assert tuple(declared_services()) == SERVICES


@pytest.mark.parametrize(
    "line",
    [
        "import socket; socket.socket()",
        "open('left_behind', 'w')",
        "import threading; threading.Thread(target=print).start()",
        "import subprocess; subprocess.Popen(['true']).wait()",
    ],
)
def test_an_effect_is_noticed(tmp_path_factory: pytest.TempPathFactory, line: str) -> None:
    folder = tmp_path_factory.mktemp("effect")
    (folder / "effect.py").write_text(line, encoding="utf-8")

    assert "effect.py:1" in watched("effect", root=str(folder))
