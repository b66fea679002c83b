"""What the routes have in common: the administration in the path, and rows as they are shown."""

from __future__ import annotations
