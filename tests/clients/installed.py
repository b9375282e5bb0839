"""An environment of its own that holds the hosts' official clients.

Runware's current and former packages share an import name, and none of this belongs among our dependencies.
`STORYFORGE_SDK_PYTHON` names its interpreter; under `CI=true` it is made when it is missing.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import pytest
from filelock import FileLock

PACKAGES = ("runware-sdk==1.8.0", "wavespeed==2.0.5", "scenario-sdk==2.4.0", "hiapi==0.2.1")
CLI = "@wavespeed/cli@0.2.2"
"""WaveSpeed's command line, the only client that lists jobs and asks for prices; in `node_modules` of the same folder."""


def find_python() -> str:
    """The interpreter that has the clients; skips the test if there is none and none may be made."""
    if named := os.environ.get("STORYFORGE_SDK_PYTHON"):
        return named
    if os.environ.get("CI") != "true":
        pytest.skip("`STORYFORGE_SDK_PYTHON` names no Python with the hosts' clients")
    folder = Path(tempfile.gettempdir()) / f"storyforge-sdks-{sys.version_info.major}.{sys.version_info.minor}"
    made, done, wanted = folder / "bin" / "python", folder / "installed", str((*PACKAGES, CLI))
    with FileLock(f"{folder}.lock"):  # tests may run in several processes
        if not done.exists() or done.read_text() != wanted:
            venv.create(folder, with_pip=True, clear=True)
            subprocess.run([made, "-m", "pip", "install", "--quiet", *PACKAGES], check=True, timeout=600)
            quiet = ("--no-audit", "--no-fund", "--ignore-scripts")
            subprocess.run(["npm", "install", "--prefix", folder, *quiet, CLI], check=True, timeout=600)
            done.write_text(wanted)
    return str(made)


def clean_environment() -> dict[str, str]:
    """The environment without what would redirect a client: other packages, proxies."""
    astray = ("PYTHONPATH", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    return {key: value for key, value in os.environ.items() if key.upper() not in astray} | {"NO_PROXY": "*"}
