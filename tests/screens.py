"""A terminal for tests: what a command printed is replayed on a screen, beside the same of a harmless text."""

from __future__ import annotations

import re
import unicodedata

import pyte

MARK = "qqq"
"""The harmless text, which stands where a hostile one does."""

HOSTILE = {
    "erase": "\x1b[2K\x1b[1G",
    "up": "\x1b[5A\x1b[3D",
    "colour": "\x1b[31;7m",
    "reset": "\x1b[0m\x1bc",
    "scroll": "\x1b[2;3r\x1b[9S",
    "other screen": "\x1b[?1049h",
    "graphics": "\x1b(0lqk\x0e",
    "window title": "\x1b]0;gone\x07",
    "link": "\x1b]8;;https://x.example\x1b\\",
    "device": "\x1bPq#0\x1b\\\x1b_x\x1b\\",
    "8-bit": "\x9b2J\x9b31m\x90x\x9c",
    "8-bit lines": "\x85\x84\x8d",
    "back": "\b" * 12,
    "return": "\rnothing to render",
    "line end": "\n1 of 1 clips to render, $0.00",
    "other line ends": "\x0b\x0c\x1c\x1d\x1e\u2028\u2029",
    "delete": "\x7f\x00\x07",
    "right to left": "\u202e\u2067\u061c\u200f",
    "zero width": "\u200b\u2060\ufeff\u00ad\u034f\u180e",
    "joiners": "\u200d\u200c\u200d" * 20,
    "blanks": "\u3164\u115f\u1160\uffa0",
    "tags": "\U000e0041\U000e007f\ufff9",
    "selectors": "\ufe0f\ufe0e\U000e0100" * 20,
    "flood": "\u0301\u0338\u20dd" * 60,
    "flood on a letter": "e" + "\u0301" * 60,
    "syllables": "\u1161\u11a8" * 40,
    "build server": "##vso[task.complete]##[group]",
}
"""What a text could do to a terminal, one kind each."""

EVERYTHING = "".join(HOSTILE.values())


def cells(told: str) -> list[list[pyte.screens.Char]]:
    """The lines of a screen on which something was printed: each cell with its colours."""
    # Wide enough for each line, so that what goes on in another one has moved.
    screen = pyte.Screen(max(map(len, told.split("\n"))) + 10, told.count("\n") + 60)
    # As the driver of a terminal does: a line end also returns.
    pyte.Stream(screen).feed(told.replace("\n", "\r\n"))
    lines = []
    for number in range(screen.lines):
        row = screen.buffer[number]
        width = max((column + 1 for column in row if row[column] != screen.default_char), default=0)
        lines.append([row[column] for column in range(width)])
    while lines and not lines[-1]:
        lines.pop()
    assert screen.cursor.attrs == screen.default_char, "a colour goes on"
    assert screen.cursor.x == 0, "the cursor is not at the start of a line"
    return lines


def text_of(line: list[pyte.screens.Char]) -> str:
    return "".join(cell.data for cell in line)


def find_harm(told: str, harmless: str) -> list[str]:
    """What a hostile text did to the lines around it: `told` holds it where `harmless` has MARK."""
    harm = [f"printed U+{ord(char):04X}" for char in sorted(set(told)) if is_order(char)]
    harm += ["a flood of marks"] * bool(re.search(r"(?:(?=[^\w\s])[\u0300-\u036f]){5}", told))
    shown, plain = cells(told), cells(harmless)
    if len(shown) != len(plain):
        harm.append(f"{len(shown)} lines instead of {len(plain)}")
    for number, (line, other) in enumerate(zip(shown, plain, strict=False)):
        ours = text_of(other).find(MARK)
        kept = line == other if ours < 0 else line[:ours] == other[:ours]
        if not kept:
            harm.append(f"line {number}: {text_of(line)!r} instead of {text_of(other)!r}")
    return harm


def is_order(char: str) -> bool:
    """Whether a character does something to a terminal, or hides."""
    if char in "\n\t\x1b\u200c\u200d":  # an escape of ours is seen on the screen by what it does
        return False
    return unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") or char in "\u3164\u115f\u1160\uffa0\u034f"
