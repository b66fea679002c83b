"""The embedded stack by itself: `python -m deploy.embedded up|down|status`."""

from deploy.embedded.cli import app

app(prog_name="openitems")
