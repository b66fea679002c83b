"""Generated passwords, one per database role, in a file that only its owner reads."""

import json
import secrets
from pathlib import Path

from deploy.embedded.folder.private_files import write_private

PASSWORD_BYTES = 24


class Credentials:
    """The passwords of one stack by role. A role that has none yet gets one, and keeps it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def password(self, role: str) -> str:
        """The password of a database role; one is made, and kept, the first time."""
        passwords: dict[str, str] = json.loads(self._path.read_text()) if self._path.exists() else {}
        if role not in passwords:
            passwords[role] = secrets.token_urlsafe(PASSWORD_BYTES)
            write_private(self._path, json.dumps(passwords, indent=1))
        return passwords[role]
