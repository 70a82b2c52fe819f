"""What the app imports before its first picture."""

from __future__ import annotations

import subprocess
import sys

RARE = {"help", "queue", "setup", "palette", "pick_folder", "ask", "password", "save"}


def test_rare_screens_and_lower_rooms_are_not_imported_with_the_app() -> None:
    code = "import sys, tuimail.app, tuimail.screens.main; print(*sys.modules, sep='\\n')"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    loaded = set(shown.split())
    assert {f"tuimail.screens.{name}" for name in RARE} & loaded == set()
    assert {"tuimail.mail", "tuimail.sync", "tuimail.store", "sqlite3"} & loaded == set()
