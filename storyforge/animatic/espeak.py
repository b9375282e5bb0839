"""The process that speaks one line with espeak-ng: run as a script, it imports nothing of ours and starts in a moment.

Standard input brings a request as JSON (`library`, `knowledge`, `voice`, `pitch`, `rate`, `text`), standard output
takes a WAV of 16-bit mono samples.
"""

from __future__ import annotations

import array
import ctypes
import io
import json
import sys
import wave

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SAMPLE_RATE = 22_050
_MOST_BLOCKS = 20_000
"""Of a few hundred samples each: minutes, and then the rest is dropped."""


def _synthesize(request: dict[str, Any]) -> bytes:
    """Samples of one line, as espeak-ng gives them in its native order."""
    library = ctypes.CDLL(request["library"])
    retrieve, no_exit, by_letters, utf8, rate, pitch = 2, 0x8000, 1, 1, 1, 3
    if library.espeak_Initialize(retrieve, 0, request["knowledge"].encode(), no_exit) != _SAMPLE_RATE:
        raise SystemExit("espeak-ng does not start")
    # Breath is noise, and its seed is the clock unless it is given; the oldest releases cannot be given one.
    if seed := getattr(library, "espeak_ng_SetRandSeed", None):
        seed(ctypes.c_long(1))
    blocks: list[bytes] = []

    def keep(samples: int | None, count: int, _events: int | None) -> int:
        if samples and count > 0:
            blocks.append(ctypes.string_at(samples, count * 2))
        return int(len(blocks) > _MOST_BLOCKS)

    callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)(keep)
    library.espeak_SetSynthCallback(callback)
    if library.espeak_SetVoiceByName(request["voice"].encode()):
        raise SystemExit(f"espeak-ng has no voice {request['voice']}")
    library.espeak_SetParameter(rate, request["rate"], 0)
    library.espeak_SetParameter(pitch, request["pitch"], 0)
    text = request["text"].encode() + b"\0"
    library.espeak_Synth(text, ctypes.c_size_t(len(text)), 0, by_letters, 0, utf8, None, None)
    library.espeak_Synchronize()
    return b"".join(blocks)


def _main() -> None:
    samples = array.array("h", _synthesize(json.load(sys.stdin.buffer)))
    if sys.byteorder == "big":
        samples.byteswap()
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_SAMPLE_RATE)
        file.writeframes(samples.tobytes())
    sys.stdout.buffer.write(sound.getvalue())


if __name__ == "__main__":
    _main()
