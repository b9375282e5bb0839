"""Where the hosts' official clients are: those in Python among the test tools, WaveSpeed's command line in `node_modules`."""

from __future__ import annotations

import json
import os
from pathlib import Path

PACKAGES = ("runware-sdk", "wavespeed", "scenario-sdk", "hiapi")
"""By their names on PyPI; `pyproject.toml` has their versions."""

CLI = "@wavespeed/cli"
"""The only client of WaveSpeed's that lists jobs and asks for prices; `npm ci --prefix tests/clients` installs it."""

CLI_FOLDER = Path(__file__).with_name("node_modules") / CLI


def read_cli_version() -> str:
    """The version that is to be installed."""
    wanted = json.loads(Path(__file__).with_name("package.json").read_text(encoding="utf-8"))
    return str(wanted["dependencies"][CLI])


def clean_environment() -> dict[str, str]:
    """The environment without what would redirect a client: other packages, proxies."""
    astray = ("PYTHONPATH", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    return {key: value for key, value in os.environ.items() if key.upper() not in astray} | {"NO_PROXY": "*"}
