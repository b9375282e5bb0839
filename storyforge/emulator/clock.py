"""The emulator's clock, which can be moved, so that a day passes in a moment."""

from __future__ import annotations

import time


class Clock:
    """Seconds since 1970 as the emulator counts them; read and moved from any thread."""

    def __init__(self, ahead: float = 0.0) -> None:
        self.ahead = ahead
        """Seconds by which it is ahead of this machine's clock; less than 0 where it is behind."""

    def time(self) -> float:
        """Seconds of the epoch, by this clock."""
        return time.time() + self.ahead

    def move(self, seconds: float) -> None:
        """Let time pass: whatever the emulator forgets or lets expire after a while does so sooner."""
        self.ahead += seconds
