"""Who may set what: each setting and each name of the environment, and what it can reach.

A project's own files, `.env` and `storyforge.toml`, may come from a stranger. They give only what this table says they
may, and what leads elsewhere only after the user has allowed it (`trust.py`). A name that is not in the table is read
from the process's environment or the user's own file alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Literal

Setter = Literal["project", "trusted", "user"]
"""`project`: a project's files too. `trusted`: these once the user has allowed it. `user`: never a project's files."""


@dataclass(frozen=True, slots=True)
class Permission:
    """A setting, who may set it, and what it can reach."""

    variables: tuple[str, ...]
    """Its names in the environment and in `.env`; `*` matches any letters."""
    file: str | None
    """The name or table in files of settings; None where these do not set it."""
    by: Setter
    reaches: str


PERMISSIONS = (
    Permission(("*_BASE_URL",), None, "trusted", "a host's address: your key, prompts and pictures go there"),
    Permission(("STORYFORGE_FFMPEG",), "ffmpeg", "trusted", "a program: it is run as you, with your rights"),
    Permission((), "share", "trusted", "where takes are shared: takes and pictures go there, with your AWS keys"),
    Permission((), "publish", "trusted", "where pictures are published: they go there, with your AWS keys"),
    Permission(
        ("AWS_REGION", "AWS_DEFAULT_REGION"), None, "trusted", "the address of a bucket: your AWS keys go there"
    ),
    Permission(("STORYFORGE_WEBHOOK_LISTEN",), "webhook_listen", "trusted", "a port of this machine is opened to it"),
    Permission(
        ("STORYFORGE_SIGN_CERTIFICATE",),
        "sign_certificate",
        "trusted",
        "a certificate of this machine: films are signed with it",
    ),
    Permission(
        ("STORYFORGE_SIGN_KEY",), "sign_key", "trusted", "a private key of this machine: films are signed with it"
    ),
    Permission(
        (
            *("RUNWARE_API_KEY", "WAVESPEED_API_KEY", "SCENARIO_SDK_API_KEY", "SCENARIO_SDK_API_SECRET"),
            *("HIAPI_API_KEY", "JOYPIX_API_KEY"),
        ),
        None,
        "project",
        "the account at a host: what is ordered, and the pictures, go to it",
    ),
    Permission(
        ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
        None,
        "project",
        "the account at a bucket, which `[share]` and `[publish]` name",
    ),
    Permission(("*_WEBHOOK_SECRET",), None, "project", "whose calls are believed; the job is asked for all the same"),
    Permission(("STORYFORGE_PROVIDER",), "provider", "project", "the host; what it costs is confirmed first"),
    Permission(("STORYFORGE_JOBS",), "jobs", "project", "how many steps at a time"),
    Permission(("STORYFORGE_DEADLINE_SECONDS",), "deadline_seconds", "project", "how long a job is waited for"),
    Permission(("STORYFORGE_POLL_SECONDS",), "poll_seconds", "project", "how often a host is asked"),
    Permission(("STORYFORGE_BUDGET_*",), "budget", "project", "what may be spent; the lowest of all budgets holds"),
    Permission(("STORYFORGE_LIMITS_*",), "limits", "project", "how much a host gets at a time"),
    Permission(("STORYFORGE_INSPECT_*",), "inspect", "project", "what is reported of a film"),
    Permission(("STORYFORGE_TRUST",), None, "user", "the hashes that are allowed where nobody can be asked"),
    Permission(("STORYFORGE_STORE_*",), "store", "user", "where stores are: takes are written there and read"),
    Permission(("STORYFORGE_COLOR",), None, "user", "colours"),
    Permission(("NO_COLOR", "FORCE_COLOR", "TERM", "CI"), None, "user", "colours, and what moves at a terminal"),
    Permission(("SSL_CERT_FILE", "SSL_CERT_DIR"), None, "user", "whose certificates are believed"),
    Permission(
        ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"), None, "user", "the way to a bucket, and to no host"
    ),
    Permission(("XDG_CONFIG_HOME", "XDG_DATA_HOME"), None, "user", "your own settings, budgets and what you allowed"),
    Permission(("PATH",), None, "user", "programs: git, and an ffmpeg that is newer than the bundled one"),
)


@lru_cache(maxsize=1024)
def find_variable(name: str) -> Permission | None:
    """Who may set a name of the environment; None if the table does not have it."""
    rows = (row for row in PERMISSIONS if any(fnmatchcase(name, variable) for variable in row.variables))
    return next(rows, None)


def find_setting(name: str) -> Permission | None:
    """Who may set a name or table of a file of settings; None if the table does not have it."""
    return next((row for row in PERMISSIONS if row.file == name), None)


def may_project_set(row: Permission | None) -> bool:
    """Whether a project's files may give it, at once or after the user has allowed it."""
    return row is not None and row.by != "user"
