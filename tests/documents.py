"""Storyboards in all the ways they can be written, for tests: blocks and brackets, quotes, comments, spacing, scripts."""

from __future__ import annotations

import re
from random import Random
from typing import Any

from hypothesis import strategies as st

PEOPLE = ("mira", "mira2", "ben-otto", "Ötzi", "米拉", "米", "ミラ_2", "null", "zoë")
PLACES = ("pier", "lamp-room", "灯台", "true")
LOOKS = ("storm", "old_age", "雨", "Storm")
WORDS = (
    "waits",
    "in the rain",
    "雨の中",
    "slowly",
    "it's late",
    'says "no"',
    "10 %",
    "Größe",
    "at 12",
    "#1",
    "a, b",
    "[so]",
)
COMMENTS = ("# mira waits", "#", "# @mira: {not: this}", "# ----- 雨 -----", "#tight")
PLAIN = re.compile(r"[^\W\d_](?:[\w '%.-]*[\w.%])?")
RESERVED = ("null", "true", "false")


class Typist:
    """Writes one storyboard as text, with a free hand wherever YAML leaves one."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.anchors: list[tuple[str, str]] = []

    def maybe(self, share: float = 0.5) -> bool:
        return self.chance.random() < share

    def gap(self) -> str:
        return " " * (self.chance.choice((1, 1, 1, 2, 5)))

    def comment(self) -> str:
        return self.gap() + self.chance.choice(COMMENTS) if self.maybe(0.15) else ""

    def between(self, indent: int) -> str:
        """Lines that say nothing: blank ones and comments."""
        lines = ""
        while self.maybe(0.15):
            lines += self.chance.choice(("\n", "   \n", " " * indent + self.chance.choice(COMMENTS) + "\n"))
        return lines

    def text(self, value: str, indent: int, flow: bool) -> str:
        """Text behind its key or dash; further lines are set in by `indent` or more."""
        if not flow and self.maybe(0.1):
            same = [name for name, text in self.anchors if text == value]
            if same:
                return f"*{same[-1]}"
        mark = ""
        if not flow and self.maybe(0.1):
            self.anchors.append((f"a{len(self.anchors)}", value))
            mark = f"&{self.anchors[-1][0]} "
        styles = ["'", '"', '"']
        if PLAIN.fullmatch(value) and value not in RESERVED:
            styles += ["", ""]
        if not flow and " " in value:
            styles += ["|-", ">-", ">", "|"]
        style = self.chance.choice(styles)
        deeper = "\n" + " " * (indent + self.chance.choice((0, 2)))
        # A text that runs on is folded where it has one space between two words.
        folds = [at.start() for at in re.finditer(r"(?<=[^\s#]) (?=[^\s#:@'\"|&*-])", value)]
        broken = value
        if folds and not flow and style != "|" and style != "|-" and self.maybe(0.4):
            at = self.chance.choice(folds)
            broken = value[:at] + deeper + value[at + 1 :]
        if style in ("|", "|-", ">", ">-"):
            return f"{mark}{style}{self.comment()}{deeper}{broken}"
        quoted = {"'": lambda: broken.replace("'", "''"), '"': lambda: broken.replace('"', '\\"'), "": lambda: broken}
        return f"{mark}{style}{quoted[style]()}{style}"

    def key(self, key: str) -> str:
        return self.chance.choice((key, key, key, f'"{key}"', f"'{key}'"))

    def value(self, value: Any, indent: int, flow: bool) -> str:
        """What follows a key or a dash, with the space or the line end before it."""
        if value is None:
            return self.chance.choice((" ~", " null", " " if flow else ""))
        if isinstance(value, str):
            return self.gap() + self.text(value, indent + 1, flow)
        if isinstance(value, bool | int | float):
            return f"{self.gap()}{str(value).lower()}"
        if flow or not value or self.maybe(0.25):
            return self.gap() + self.brackets(value, indent + 1)
        steps = (1, 2, 2, 4, 0) if isinstance(value, list) else (1, 2, 2, 4)
        return self.comment() + "\n" + self.block(value, indent + self.chance.choice(steps))

    def brackets(self, value: Any, indent: int) -> str:
        pad, comma = self.chance.choice(("", " ")), self.chance.choice((", ", ",  ", " , "))
        if self.maybe(0.15):
            pad = self.comment() + "\n" + " " * indent
            comma = "," + pad
        if isinstance(value, dict):
            entries = [f"{self.key(key)}:{self.value(inner, indent, True)}" for key, inner in value.items()]
            return "{" + pad + comma.join(entries) + pad + "}"
        return "[" + pad + comma.join(self.value(inner, indent, True).strip() for inner in value) + pad + "]"

    def block(self, value: Any, indent: int, first: str | None = None) -> str:
        """Lines of a mapping or a list; `first` is written before the first instead of its indent."""
        lines = ""
        for number, entry in enumerate(value.items() if isinstance(value, dict) else value):
            compact = first is not None and number == 0
            lines += first if compact and first is not None else self.between(indent) + " " * indent
            if isinstance(value, dict):
                key, inner = entry
                line = f"{self.key(key)}:{self.value(inner, indent, False)}"
            elif isinstance(entry, dict) and entry and self.maybe(0.8):
                dash = "-" + self.gap()
                lines += self.block(entry, indent + len(dash), dash)
                continue
            else:
                line = f"-{self.value(entry, indent, False)}"
            lines += line if line.endswith("\n") else line + self.end(line) + "\n"
        return lines

    def end(self, line: str) -> str:
        """A comment at the end of a line, where one may stand."""
        return "" if re.search(r"(?:[|>]-?)(?: +#.*)?\n", line) else self.comment()


def some(chance: Random, pool: tuple[str, ...], least: int = 0, most: int = 3) -> list[str]:
    return chance.sample(pool, min(len(pool), chance.randint(least, most)))


def storyboard(chance: Random) -> dict[str, Any]:
    """What a storyboard says, every name in it known."""

    def said(cast: dict[str, Any]) -> str:
        names = ["@" + who for who in cast] + [
            f"@{who}.{look}" for who in cast for look in (cast[who] or {}).get("looks", {})
        ]
        words = [chance.choice(names) if names and chance.random() < 0.4 else chance.choice(WORDS) for _ in range(4)]
        return " ".join(words[: chance.randint(1, 4)])

    def portrait() -> dict[str, Any] | None:
        fields = {"name": "the one", "reference": "refs/a.png", "marks": ["a coat", "a, b"], "voice": "low"}
        return {key: fields[key] for key in some(chance, tuple(fields), 0, 4)} if chance.random() < 0.7 else None

    cast: dict[str, Any] = {who: portrait() for who in some(chance, PEOPLE, 1)}
    for one in cast.values():
        if one is not None and chance.random() < 0.4:
            one["looks"] = {look: portrait() for look in some(chance, LOOKS, 1, 2)}
    if chance.random() < 0.3 and (one := cast[next(iter(cast))]):
        one["preserve"] = [said(cast)]
    scenes: dict[str, Any] = {place: portrait() and {"sound": said(cast)} for place in some(chance, PLACES, 1, 2)}
    shots: list[dict[str, Any]] = []
    for number in range(chance.randint(1, 3)):
        shot: dict[str, Any] = {"id": f"s{number}", "scene": chance.choice(list(scenes)), "action": said(cast)}
        more = {
            "framing": said(cast),
            "cast": some(chance, tuple(cast)) or None,
            "dialogue": [{f"{chance.choice(list(cast))}{chance.choice(('', ' (softly)'))}": chance.choice(WORDS)}],
            "seconds": 4.5,
            "take": 2,
            "notes": chance.choice(WORDS),
        }
        shot |= {key: more[key] for key in some(chance, tuple(more), 0, 5)}
        if number and chance.random() < 0.4:
            shot["continues"] = f"s{number - 1}"
        shots.append(shot)
    board = {"storyforge": 1, "title": "Rain", "cast": cast, "scenes": scenes, "shots": shots}
    if chance.random() < 0.4:
        board["preserve"] = [said(cast), "the light"]
    if chance.random() < 0.3:
        board["format"] = {"fps": 25, "aspect": "16:9"}
    return board


def shuffled(chance: Random, value: Any) -> Any:
    """The same with the keys of every mapping in any order."""
    if isinstance(value, dict):
        keys = list(value)
        chance.shuffle(keys)
        return {key: shuffled(chance, value[key]) for key in keys}
    return [shuffled(chance, inner) for inner in value] if isinstance(value, list) else value


def typed(chance: Random, value: dict[str, Any]) -> str:
    """The value as a file."""
    typist = Typist(chance)
    text = typist.between(0) + typist.block(value, 0) + typist.between(0)
    if typist.maybe(0.2):
        text = text.replace("\n", "\r\n")
    return ("\ufeff" if typist.maybe(0.1) else "") + text


seeds = st.integers(0, 2**32 - 1)
"""For `Random`: a failing example is named by one number."""
