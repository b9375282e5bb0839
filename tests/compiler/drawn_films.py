"""Storyboards drawn by chance from a seed, with all that makes prompts difficult, and the prompts of their clips."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from storyforge.compiler.compile import compile_file
from storyforge.compiler.prompt import Writer
from storyforge.compiler.templates import Templates
from storyforge.model.capabilities import Dialect
from storyforge.model.clip import Clip, Prompt
from storyforge.model.storyboard import Storyboard

DIALECTS = ("descriptive", "character_n", "image_n")

NAMES = {
    "en": "the baker|Ana|the twins|The Keeper|an old sailor|Bo Lind|two guards|the clerk|a piper",
    "zh": "守塔人|安娜|双胞胎|面包师|老水手|鼓手|两名卫兵|店员|吹笛人",
    "de": "der Bäcker|Änne|die Zwillinge|Ölmüller Kurt|ein Matrose|Bo Lind|zwei Wachen|die Köchin|ein Pfeifer",
}
MARKS = {
    "en": [
        f"a {shade} {thing}"
        for shade in ("red", "green", "torn")
        for thing in ["cap", "scarf", "ring", "belt", "tooth", "glove", "flag", "sash", "boot", "lantern"]
    ],
    "zh": [
        f"{shade}{thing}"
        for shade in ("红色的", "绿色的", "破旧的")
        for thing in ["帽子", "围巾", "戒指", "腰带", "门牙", "手套", "小旗", "披肩", "靴子", "灯笼"]
    ],
    "de": [
        f"{shade} {thing}"
        for shade in ("rote", "grüne", "alte")
        for thing in ["Mütze", "Schärpe", "Kette", "Feder", "Narbe", "Brille", "Fahne", "Weste", "Laterne", "Nelke"]
    ],
}
ACTIONS = {
    "en": (
        "{a} opens the door.|{a}’s hand closes over the key.|The rain stops.|Then {a} looks at {b}!|{a} and {b} wait."
        "|On the sill sits {a}.|“Now,” thinks {a}. Nothing moves.|{a}'s coat drips on {b}'s boots.|A sign says @@home."
    ),
    "zh": "{a}打开门。|{a}的手握住钥匙。|雨停了。|这时{a}看着{b}！|{a}和{b}等着。|窗台上坐着{a}。|{a} 3次敲门。|墙上写着@@家。",
    "de": (
        "{a} öffnet die Tür.|{a}s Hand schließt sich.|Der Regen hört auf.|Dann sieht {a} zu {b}!|{a} und {b} warten."
        "|An der Wand steht @@hier.|Übermütig winkt {a}.|Am Fenster sitzt {a}."
    ),
}
FRAMINGS = {
    "en": "wide shot|CU|extreme close-up|establishing shot|over-the-shoulder shot|close on {a}'s face|MS of {a}|{a} alone",
    "zh": "全景|特写|CU|{a}的特写|中景双人镜头",
    "de": "Totale|CU|Nahaufnahme|wide shot|{a} von hinten",
}
CAMERAS = {
    "en": "slow push-in|static|handheld|pans to {a}|no movement|locked off|camera drifting left|orbit around {a}",
    "zh": "缓缓推近|固定镜头|跟着{a}走",
    "de": "langsame Fahrt|static|slow push-in|folgt {a}",
}
HOWS = ("", "", " (softly)", " (V.O.)", " (O.S.)", " (V.O.) (tired)", " (to {b})", " (in French)")


@dataclass(frozen=True)
class Case:
    """A clip of a drawn film with its prompt in one dialect."""

    storyboard: Storyboard
    clip: Clip
    dialect: str
    prompt: Prompt
    language: str
    """`en`, `zh`, or `de` for a film that is written in neither."""

    @property
    def is_chinese(self) -> bool:
        """Whether its prompt is written in Chinese."""
        return self.language == "zh"

    @property
    def pieces(self) -> list[tuple[str, str]]:
        """The parts of its text, each by its name."""
        begin, found = 0, []
        for name, length in self.prompt.parts:
            found.append((name, self.prompt.text[begin : begin + length]))
            begin += length + 1
        return found

    def part(self, name: str) -> str:
        """The part of that name; empty where there is none."""
        return next((text for part, text in self.pieces if part == name), "")

    @property
    def shots(self) -> list[str]:
        """What is said of each shot."""
        ids = {shot.id for shot in self.clip.shots}
        return [text for name, text in self.pieces if name in ids]


def draw_film(seed: int) -> dict[str, Any]:
    """A storyboard as it is written."""
    rng = random.Random(seed)
    language = rng.choice(["en", "en", "zh", "de"])
    names, marks = NAMES[language].split("|"), MARKS[language][:]
    rng.shuffle(names)
    rng.shuffle(marks)
    ids = [f"p{number}" for number in range(rng.choice([0, 1, 1, 2, 2, 3, 5, 9]))]
    cast = {who: _draw_person(rng, names.pop(), marks, language) for who in ids}
    scenes = {place: _draw_place(rng, place) for place in ("quay", "attic")}
    film: dict[str, Any] = {"storyforge": 1, "title": "Drawn", "cast": cast, "scenes": scenes}
    film["language"] = {"en": "en", "zh": "zh", "de": "de"}[language]
    if rng.random() < 0.7:
        film["style"] = "ink and wash"
    if rng.random() < 0.3:
        film["preserve"] = ["the low light"]
    lines = itertools.count(1)
    shots = []
    for number in range(rng.randint(1, 8)):
        shots.append(_draw_shot(rng, number, cast, language, shots, lines))
    return {**film, "shots": shots}


def _draw_person(rng: random.Random, name: str, marks: list[str], language: str) -> dict[str, Any]:
    person: dict[str, Any] = {"name": name, "marks": [marks.pop() for _ in range(rng.randint(0, 2))]}
    if rng.random() < 0.8:
        person["reference"] = f"https://example.com/{len(name)}-{ord(name[0])}.png"
    if rng.random() < 0.5:
        person["description"] = {"en": "a quiet soul", "zh": "沉默的人", "de": "eine stille Seele"}[language]
    if rng.random() < 0.4:
        person["voice"] = {"en": "low and dry", "zh": "低沉", "de": "tief und rau"}[language]
    if rng.random() < 0.3:
        person["looks"] = {"wet": {"marks": [marks.pop()]}}
    return person


def _draw_place(rng: random.Random, place: str) -> dict[str, Any]:
    drawn: dict[str, Any] = {"name": f"the {place}", "sound": f"hum of the {place}"}
    if rng.random() < 0.6:
        drawn["reference"] = f"https://example.com/{place}.png"
    if rng.random() < 0.5:
        drawn["marks"] = [f"{place} lamp"]
    return drawn


def _draw_shot(
    rng: random.Random,
    number: int,
    cast: Mapping[str, Any],
    language: str,
    before: list[dict[str, Any]],
    lines: Iterator[int],
) -> dict[str, Any]:
    ids = [*cast]
    people = rng.sample(ids, min(len(ids), 2)) or [""]
    worn = {who: f"{who}.wet" for who in people if "looks" in cast.get(who, {}) and rng.random() < 0.3}

    def mention(who: str) -> str:
        return f"@{{{worn.get(who, who)}}}" if language == "de" else f"@{worn.get(who, who)}"

    a, b = mention(people[0]), mention(people[-1])

    def fill(text: str) -> str:
        return text.format(a=a, b=b)

    def pick(table: Mapping[str, str], chance: float) -> str | None:
        texts = [text for text in table[language].split("|") if ids or "{" not in text]
        return fill(rng.choice(texts)) if rng.random() < chance else None

    # Shots of the two kinds share no clip, so most of a film's are of one.
    is_timed = (number // 4 + len(ids)) % 3 == 0
    sentences = [pick(ACTIONS, 1) or "" for _ in range(rng.randint(1, 4))]
    if len(ids) > 2 and rng.random() < 0.2:
        gap, end = ("、", "都在。") if language == "zh" else (", ", ".")
        sentences.append(gap.join(map(mention, ids)) + end)
    shot: dict[str, Any] = {
        "id": f"s{number}",
        "scene": rng.choice(["quay", "quay", "quay", "attic"]),
        "action": ("" if language == "zh" else " ").join(sentences),
        "framing": pick(FRAMINGS, 0.7),
        "camera": pick(CAMERAS, 0.5),
        "seconds": rng.choice([2, 2, 2, 3, 3, 3.5, 5, 24, 40]),
        "sound": rng.choice([None, f"thud {number}"]),
        "music": rng.choice([None, None, f"cue {number}"]),
        "prompt": "timed" if is_timed else None,
    }
    if ids and rng.random() < 0.5:
        words = {"en": "We talk of ship {}.", "zh": "第{}艘船来了。", "de": "Hier kommt Schiff {}."}[language]
        shot["dialogue"] = [
            {fill(rng.choice(people) + rng.choice(HOWS)): words.format(next(lines))} for _ in range(rng.randint(1, 4))
        ]
    if ids and rng.random() < 0.3:
        shot["cast"] = [worn.get(who, who) for who in rng.sample(ids, rng.choice([1, 1, len(ids)]))]
    if rng.random() < 0.15:
        shot["first_frame"] = f"https://example.com/frame-{number}.png"
    elif before and rng.random() < 0.2:
        shot["continues"] = before[-1]["id"]
    if rng.random() < 0.2:
        shot["preserve"] = [f"the clause {number}"]
    return {name: value for name, value in shot.items() if value is not None}


def compile_film(film: Mapping[str, Any], folder: Path) -> tuple[Storyboard, list[Clip]]:
    """A written storyboard and its clips."""
    path = folder / "drawn.story.yaml"
    with path.open("w", encoding="utf-8") as file:
        YAML().dump(dict(film), file)
    compiled = compile_file(path, "offline")
    return compiled.storyboard, [one.clip for one in compiled.planned]


def list_cases(
    film: Mapping[str, Any], folder: Path, templates: Templates | None = None, dialects: tuple[str, ...] = DIALECTS
) -> list[Case]:
    """Each clip of a film in each dialect; `templates` in the place of ours."""
    storyboard, clips = compile_film(film, folder)
    return [
        Case(storyboard, clip, dialect, writer.write(clip), str(film["language"]))
        for dialect in dialects
        for writer in [Writer(storyboard, Dialect(dialect), templates or Templates())]
        for clip in clips
    ]
