"""The build hook of the package: a wheel or source archive holds the built console and the commit it was made from.

The build backend (hatchling) runs it. A build without the console stops with a sentence: a node from such a package
would answer `/console` with 404. An editable install is no package and needs neither.
"""

import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

#: What the build of the console leaves, and where the package keeps the commit; `aforo --version` prints it.
INDEX = Path("src", "aforo", "console", "assets", "index.html")
COMMIT = "aforo/commit"


def commit_of(root: Path) -> str:
    """The commit of a checkout, from AFORO_COMMIT where the build has no repository (a container); empty where neither
    says."""
    stated = os.environ.get("AFORO_COMMIT", "").strip()
    if stated or not (root / ".git").exists():
        return stated
    done = subprocess.run(["git", "-C", str(root), "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


class PackageHook(BuildHookInterface):
    """Checks the console and writes the commit before a package is made."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Stops the build where the console is missing. Raises RuntimeError."""
        root = Path(self.root)
        if version == "editable":
            return
        if not (root / INDEX).is_file():
            raise RuntimeError(
                f"the console is not built ({INDEX} is missing): run `make console` in the checkout, then build again"
            )
        with tempfile.NamedTemporaryFile("w", prefix="aforo-commit-", delete=False) as file:
            file.write(commit_of(root) + "\n")
        self._file = Path(file.name)
        build_data["force_include"][file.name] = COMMIT if self.target_name == "wheel" else f"src/{COMMIT}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Removes the file that carried the commit."""
        if version != "editable":
            self._file.unlink(missing_ok=True)
