"""Delivers callbacks, signed as each host signs them, and tries again while nobody takes them.

Only addresses of this machine are called: an emulator has no business elsewhere.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

import httpx

from storyforge.emulator.checks import is_loopback

FIRST_WAIT = 0.25
LONGEST_WAIT = 8.0
TRIES = 6
"""Runware publishes the waits; how often a host tries is published nowhere (2026-11)."""
# Runware wants its 2xx within about five seconds.
PATIENCE = 5.0


class Post:
    """Sends callbacks from the server's loop."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        """Every try: time, url, headers, body, status (None where nobody answered)."""
        self._client: httpx.AsyncClient | None = None

    async def close(self) -> None:
        """Closes the connections; a later callback opens new ones."""
        if self._client:
            await self._client.aclose()
            self._client = None

    async def deliver(self, url: str, body: Any, headers: Mapping[str, str] | None = None) -> bool:
        """Send until somebody answers 2xx, at most `TRIES` times."""
        if not is_loopback(url):
            # Kept as a try nobody answered, so that it can be seen who would have been called.
            self.sent.append({"time": time.time(), "url": url, "headers": {}, "body": body, "status": None})
            return False
        # Bytes stay as they are, for they were signed.
        content = body if isinstance(body, bytes) else encode_body(body)
        wait = FIRST_WAIT
        for _ in range(TRIES):
            status = await self._once(url, content, {"Content-Type": "application/json", **(headers or {})})
            if status is not None and 200 <= status < 300:
                return True
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)
        return False

    async def _once(self, url: str, content: bytes, headers: Mapping[str, str]) -> int | None:
        # No proxy of the environment: it would be called with what is for this machine alone.
        self._client = self._client or httpx.AsyncClient(timeout=PATIENCE, trust_env=False)
        try:
            status: int | None = (await self._client.post(url, content=content, headers=dict(headers))).status_code
        except httpx.HTTPError:
            status = None
        told = {
            "time": time.time(),
            "url": url,
            "headers": dict(headers),
            "body": json.loads(content),
            "status": status,
        }
        self.sent.append(told)
        return status


def encode_body(body: Any) -> bytes:
    """The bytes that are signed and sent."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def wavespeed_headers(secret: str, name: str, content: bytes, now: float | None = None) -> dict[str, str]:
    """`v3`: HMAC-SHA256 over id, time and body; the key is what follows `whsec_`, not decoded."""
    at = str(int(time.time() if now is None else now))
    signed = f"{name}.{at}.".encode() + content
    digest = hmac.new(secret.removeprefix("whsec_").encode(), signed, hashlib.sha256).hexdigest()
    return {"webhook-id": name, "webhook-timestamp": at, "webhook-signature": f"v3,{digest}"}


def hiapi_headers(secret: str | None, content: bytes, now: float | None = None) -> dict[str, str]:
    """HMAC-SHA256 over time and body; nothing without a secret."""
    if not secret:
        return {}
    at = str(int(time.time() if now is None else now))
    digest = hmac.new(secret.encode(), f"{at}.".encode() + content, hashlib.sha256).hexdigest()
    return {"X-HiAPI-Timestamp": at, "X-HiAPI-Signature": digest}


def scenario_headers(secret: str, content: bytes) -> dict[str, str]:
    """The host names no scheme (2026-11); assumed: HMAC-SHA256 of the body."""
    return {"X-Scenario-Signature": hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()}
