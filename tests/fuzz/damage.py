"""Ways to spoil what is good: texts, bytes and JSON, all drawn by chance."""

from __future__ import annotations

import json
from random import Random
from typing import Any

PIECES = (
    *"@.:-#'\"{}[]&*!|>%\\\t\n \r\u0000\u0085\u2028\ud800",
    *("@mira", "@otto.coat", "@@", "{}", "[]", "null", "~", "0", "-1", "1e9", ".nan", "true", "米拉", "é", "e\u0301"),
    *("seconds: 0.5", "seconds: 600", "continues: lamp-1", "lamp-2", "  ", "    ", "\r\n", "asset:7", "http://x/y"),
    *("transition: wipe 99", "clip: new", "prefer: cast", "shots: []", "cast: {}", "language: xx", "&a", "*a"),
    *("<<: *a", "aspect: '4:5'", "provider: hiapi", "../../x", "a" * 3000, "\u202e", "\ufeff", "MIRA: {}"),
    *("mira.coat: x", "${RUNWARE_API_KEY}", "{{ 7 * 7 }}", "\x1b[2J", "use: [../../x]", "<<<<<<< a\n"),
)
"""What is written into a storyboard that was good."""

ODD: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        1,
        -1,
        7,
        1.5,
        10**20,
        10**400,
        float("nan"),
        float("inf"),
        "",
        " ",
        "..",
        "../../x",
        "\ud800",
    ),
    *(
        "text",
        "\x1b[2J",
        "\u202e",
        "0" * 64,
        "f" * 64,
        "a" * 5000,
        "2026-13-45",
        "https://x.example/?token=abc",
        "null",
    ),
    *([], {}, [[]], {"": None}, [None], {"a": {"a": {}}}, ["a", 1, None], "runware", "offline", "\x00"),
)
"""Values of all kinds, none of which is where it belongs."""


def spoil_text(chance: Random, text: str, pieces: tuple[str, ...] = PIECES) -> str:
    """A text with stretches of it cut, doubled, moved or written over."""
    for _ in range(chance.randint(1, 6)):
        start = chance.randint(0, len(text))
        end = min(len(text), start + chance.choice((0, 0, 1, 2, 5, 20, 80)))
        match chance.choice(("write", "cut", "double", "move", "line", "shuffle")):
            case "write":
                text = text[:start] + chance.choice(pieces) + text[end:]
            case "cut":
                text = text[:start] + text[end:]
            case "double":
                text = text[:end] + text[start:end] + text[end:]
            case "move":
                to = chance.randint(0, len(text))
                text = text[:to] + text[start:end] + text[to:]
            case "line":
                lines = text.splitlines(keepends=True) or [""]
                lines.pop(start % len(lines))
                text = "".join(lines)
            case "shuffle" if end - start == 80:
                lines = text.splitlines(keepends=True)
                chance.shuffle(lines)
                text = "".join(lines)
    return text


def spoil_bytes(chance: Random, content: bytes) -> bytes:
    """Bytes that are cut short, emptied, flipped, swapped, doubled or something else altogether."""
    size = len(content)
    at = chance.randrange(size + 1)
    match chance.choice(("cut", "cut", "empty", "flip", "flip", "flip", "zeros", "insert", "drop", "double", "other")):
        case "cut":
            return content[:at]
        case "empty":
            return b""
        case "flip":
            flipped = bytearray(content)
            for _ in range(chance.choice((1, 1, 3, 20))):
                if flipped:
                    flipped[chance.randrange(size)] ^= 1 << chance.randrange(8)
            return bytes(flipped)
        case "zeros":
            return content[:at] + bytes(min(size - at, 200)) + content[at + 200 :]
        case "insert":
            return content[:at] + chance.randbytes(chance.choice((1, 4, 40))) + content[at:]
        case "drop":
            return content[:at] + content[at + chance.choice((1, 4, 40)) :]
        case "double":
            return content[:at] + content[max(0, at - 300) : at] + content[at:]
        case _:
            return chance.choice(
                (b"\xff\xfe", b"null", b"[]", b"{", b"\x00" * 50, "ü".encode("latin-1"), b"[" * 100_000)
            )


def retype(chance: Random, value: Any, share: float = 0.15, odd: tuple[Any, ...] = ODD) -> Any:
    """A value of JSON with some of its parts turned into others, left out, or set a step deeper."""
    if chance.random() < share:
        return chance.choice((chance.choice(odd), [value], {"value": value}, str(value)[:50]))
    if isinstance(value, dict):
        kept = {key: retype(chance, inner, share, odd) for key, inner in value.items() if chance.random() > share / 3}
        return kept | ({str(chance.choice(list(value))) + "x": 1} if value and chance.random() < share / 3 else {})
    if isinstance(value, list):
        kept = [retype(chance, inner, share, odd) for inner in value if chance.random() > share / 3]
        return kept + kept[:1] if chance.random() < share / 3 else kept
    return value


def spoil_json(chance: Random, content: bytes) -> bytes:
    """Bytes of JSON in which values have other types, or that are broken as bytes are; deep ones are among them."""
    if chance.random() < 0.3:
        return spoil_bytes(chance, content)
    if chance.random() < 0.05:
        return b'{"a":' * 5_000 + b"1" + b"}" * 5_000
    try:
        return json.dumps(retype(chance, json.loads(content))).encode()
    except ValueError:
        return spoil_bytes(chance, content)
