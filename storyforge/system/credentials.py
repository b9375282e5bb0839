"""Keys of hosts, from the environment or the keyring."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storyforge.system.settings import Settings


def find_key(name: str, settings: Settings) -> str | None:
    """A credential from the environment or `.env`, or else from the keyring where one is installed."""
    if value := settings.environment.get(name, "").strip():
        return value
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return None
    # A keyring that is locked or has no backend is as good as none.
    with contextlib.suppress(KeyringError):
        found: str | None = keyring.get_password("storyforge", name)
        return found
    return None
