"""What holds for every prompt. Each rule gives the faults that it finds in a case, or in the cases of one clip."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from compiler.drawn_films import Case
from storyforge.compiler.grammar import tidy_phrase
from storyforge.language.mentions import Face, resolve_speakers
from storyforge.model.clip import Beat, LastFrame

LABELS = {"character_n": re.compile(r"character(\d+)"), "image_n": re.compile(r"\[Image (\d+)\]")}
ORDINALS = {
    "en": ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "10th", "11th"],
    "zh": [str(number) for number in range(1, 12)],
}
LEADS = {
    "en": (
        "Begin with ",
        "Cut to ",
        "Shift to ",
        "End on ",
        "From that frame",
        "The same shot goes on",
        "Begin, as the",
    ),
    "zh": ("开场", "切至", "转至", "最后切至", "从首帧", "同一镜头从首帧继续", "开场，同一镜头继续"),
}
CLOSING = {
    "en": ("Hold exactly the same throughout:", "Hold exactly the same in every shot:"),
    "zh": ("全程", "每个镜头"),
}
LEFTOVER = re.compile(r"None|\{\{|\}\}|\(\)|（）|“”|「」|  |[,;:，；：。]{2}|\.\.(?!\.)| [,.;:!?。，；：]")
SEVERAL = ("the twins", "two guards", "zwei Wachen")
WRONG_ARTICLE = re.compile(
    r"\b(?:a (?:extreme|establishing|over-|eye|insert|orbit|aerial)|an (?:wide|close|medium|slow|two|full|long|point))"
)


def check_text(case: Case) -> Iterator[str]:
    """The parts are the text; nothing is left over in it; no `@` is in it but what was doubled."""
    if "\n".join(text for _, text in case.pieces) != case.prompt.text:
        yield "the parts are not the text"
    if found := LEFTOVER.search(case.prompt.text):
        yield f"{found.group()!r} in {case.prompt.text[max(0, found.start() - 30) : found.end() + 20]!r}"
    doubled = sum(beat.action.count("@@") for beat in case.clip.beats)
    if case.prompt.text.count("@") != doubled:
        yield f"not {doubled} times `@` in {case.prompt.text!r}"


def check_labels(case: Case) -> Iterator[str]:
    """Labels are those of the clip's pictures, apart from letters; an ordinal stands once, behind its name."""
    text, slots = case.prompt.text, {one.slot for one in case.clip.references}
    if case.dialect in LABELS:
        found = list(LABELS[case.dialect].finditer(text))
        if {int(label[1]) for label in found} != slots:
            yield f"labels {sorted({label[1] for label in found})} for the slots {sorted(slots)}"
        for label in found:
            before, after = text[label.start() - 1 : label.start()], text[label.end() : label.end() + 1]
            # A Chinese sentence begins at once behind its bracket or stop; letters and digits never touch a label.
            if after.isalnum() or before.isalnum() or after == "[" or before == "]":
                yield f"{text[max(0, label.start() - 5) : label.end() + 5]!r}"
        return
    for one in case.clip.references:
        shown = _name(case, (one.id, one.look)) if one.kind == "character" else _place(case)
        ordinal = ORDINALS["zh" if case.is_chinese else "en"][one.slot - 1]
        said = f"（第{ordinal}张参考图）" if case.is_chinese else f" from the {ordinal} reference image"
        if text.count(said) != 1 or f"{shown}{said}".lower() not in text.lower():
            yield f"{said!r} is not once behind {shown!r}"


def check_shots(case: Case) -> Iterator[str]:
    """Each shot has one lead, and everybody in it once with all marks, and nobody else's; a prompt begins once."""
    leads = LEADS["zh" if case.is_chinese else "en"]
    begins = "开场" if case.is_chinese else "Begin"
    openings = case.prompt.text.count(begins) + case.prompt.text.count("严格从首帧开始")
    if openings != 1:
        yield f"it begins {openings} times"
    for number, (beat, text) in enumerate(zip(case.clip.beats, case.shots, strict=True)):
        text = re.sub(r"^\[\d\d:\d\d-\d\d:\d\d\] ", "", text)
        lead = next((lead for lead in reversed(leads) if text.startswith(lead)), None)
        at = leads.index(lead) if lead else None
        last = number == len(case.clip.beats) - 1
        expected = (0, 4, 5, 6) if number == 0 else (3,) if last else (1 + (number - 1) % 2,)
        if at not in expected:
            yield f"shot {number} is led by {lead!r}"
        for face in case.clip.cast:
            # Who comes into a long shot in a later part of it is not in the earlier ones.
            is_in = face in beat.faces and (beat.parts == 1 or _points_at(case, face, text))
            if is_in and not _points_at(case, face, text):
                yield f"{_name(case, face)!r} is not pointed at in {text!r}"
            for mark in _marks(case, face):
                if text.count(mark) != is_in:
                    yield f"{mark!r} is {text.count(mark)} times in {text!r}"


def check_subjects(case: Case) -> Iterator[str]:
    """A label never stands for a person."""
    if case.dialect != "image_n":
        return
    names = [_name(case, face) for face in case.clip.cast] + [_place(case)]
    names += [re.sub(r"^(?:the|an?) ", "", name) for name in names]
    for label in LABELS["image_n"].finditer(case.prompt.text):
        before, after = case.prompt.text[: label.start()], case.prompt.text[label.end() :]
        named = after.startswith((*(f" {name}" for name in names), " shows ", " 是"))
        if not before.endswith(" in ") and not named:
            yield f"a label by itself: {before[-20:] + label.group() + after[:20]!r}"


def check_lines(case: Case) -> Iterator[str]:
    """Every line stands once, in order, behind its speaker; lips move where somebody speaks on screen; verbs agree."""
    for beat, text in zip(case.clip.beats, case.shots, strict=True):
        begin = 0
        for line, face in zip(beat.lines, resolve_speakers(beat.lines, beat.faces), strict=True):
            said = line.text.rstrip("。.")
            if line.kind != "seen" and face[1] is None and face not in case.clip.cast:
                # Who is heard is pointed at in the look in which the clip shows them.
                face = next((seen for seen in case.clip.cast if seen[0] == face[0]), face)
            at = text.find(said, begin)
            if at < 0 or text.count(said + ("。" if case.is_chinese else ".")) != 1:
                yield f"{line.text!r} is not once in its place in {text!r}"
                continue
            between = text[begin:at]
            again = "接着" in between or " Then" in between
            if not again and not _points_at(case, face, between):
                yield f"nobody is said to speak in {between!r}"
            if line.kind == "seen" and not again and not case.is_chinese:
                verb = " say" if _name(case, face) in SEVERAL else " says"
                if f"{verb} " not in between and f"{verb}," not in between:
                    yield f"no {verb!r} in {between!r}"
            begin = at + len(said)
        moving = any(line.kind == "seen" for line in beat.lines)
        if ("lip-sync" in text) != moving:
            yield f"lip-sync in {text!r}"


def check_first_frame(case: Case) -> Iterator[str]:
    """A first frame is spoken of where there is one."""
    words = ("首帧",) if case.is_chinese else ("first frame", "that frame")
    if any(word in case.prompt.text for word in words) != (case.clip.first_frame is not None):
        yield f"a first frame in {case.prompt.text!r}"
    if (words[0] in case.part("opening")) != (case.clip.first_frame is not None):
        yield f"the opening {case.part('opening')!r}"
    if isinstance(case.clip.first_frame, LastFrame) and not re.search("动势|movement on", case.part("opening")):
        yield "nothing is carried on"


def check_closing(case: Case) -> Iterator[str]:
    """The closing is last and holds everybody, the place and each clause."""
    name, text = case.pieces[-1]
    if name != "preserve" or not text.startswith(CLOSING["zh" if case.is_chinese else "en"]):
        yield f"the last part is {text!r}"
    for face in case.clip.cast:
        if not _points_at(case, face, text) or any(text.count(mark) != 1 for mark in _marks(case, face)):
            yield f"{_name(case, face)!r} is not held in {text!r}"
    place = case.storyboard.place(case.clip.scene)
    if _place(case) not in text or any(text.count(mark) != 1 for mark in place.marks):
        yield f"the place is not held in {text!r}"
    clauses = {*case.storyboard.preserve, *(clause for shot in case.clip.shots for clause in shot.preserve)}
    if any(text.count(clause) != 1 for clause in clauses):
        yield f"not each clause once in {text!r}"


def check_sounds(case: Case) -> Iterator[str]:
    """The sound of the place is said once, that of a shot in it; the style between the shots and the closing."""
    place = case.storyboard.place(case.clip.scene)
    if case.prompt.text.count(place.sound or "") != 1:
        yield f"the sound of the place is said {case.prompt.text.count(place.sound or '')} times"
    for beat, text in zip(case.clip.beats, case.shots, strict=True):
        if beat.shot.sound and text.count(beat.shot.sound) != 1:
            yield f"the sound of the shot in {text!r}"
    names = [name for name, _ in case.pieces]
    if case.storyboard.style and names[-2:] != ["style", "preserve"]:
        yield f"the parts {names}"


def check_parts(case: Case) -> Iterator[str]:
    """A part of a long shot says which it is."""
    for beat, text in zip(case.clip.beats, case.shots, strict=True):
        told = re.search(r"(?:first|part (\d)) of (\d) (?:parts|of)|第(\d)部分，共(\d)部分", text)
        if (told is not None) != (beat.parts > 1):
            yield f"parts in {text!r}"
        elif told and (int(told[1] or told[3] or 1), int(told[2] or told[4])) != (beat.part, beat.parts):
            yield f"not part {beat.part} of {beat.parts} in {text!r}"


def check_dialects(cases: Sequence[Case]) -> Iterator[str]:
    """With names for labels, a clip's shots, sounds and style are the same in each dialect."""
    said = {case.dialect: _without_labels(case) for case in cases}
    if len(set(said.values())) > 1:
        yield f"dialects differ: {said}"


def check_articles(case: Case) -> Iterator[str]:
    """No `a extreme close-up`, no `an wide shot`."""
    if found := WRONG_ARTICLE.search(case.prompt.text):
        yield f"{found.group()!r}"


def check_shared(beats: Sequence[Beat]) -> Iterator[str]:
    """The parts of a long shot tell its action between them, or each the whole of it."""
    whole = " ".join(beats[0].shot.action.split())
    told = [beat.action for beat in beats]
    joined = re.sub(r"\s", "", "".join(told))
    if joined != re.sub(r"\s", "", whole) and Counter(told) != Counter({whole: len(told)}):
        yield f"{told} of {whole!r}"


def _without_labels(case: Case) -> str:
    held = {(one.id, one.look): one.slot for one in case.clip.references if one.kind == "character"}
    text = "\n".join(text for name, text in case.pieces if name not in ("cast", "preserve"))
    for face, slot in held.items():
        name = _name(case, face)
        if case.dialect == "image_n":
            bare = re.sub(r"^(?:the|an?) ", "", name)
            text = text.replace(f"the [Image {slot}] {bare}", name).replace(f"The [Image {slot}] {bare}", name)
            text = text.replace(f" in [Image {slot}]", "").replace(f"[Image {slot}] ", "")
        if name in SEVERAL:
            # A label has a whole `'s`, a name of several in `s` the mark alone.
            text = re.sub(rf"(character{slot}['’])s", r"\1", text)
        text = re.sub(rf"character{slot}(?!\d)", name, text)
    return re.sub(r"\s", "", text).casefold()


def _name(case: Case, face: Face) -> str:
    name = tidy_phrase(case.storyboard.character(*face).name or face[0])
    return name[0].lower() + name[1:] if re.match(r"(?:The|An?) ", name) else name


def _place(case: Case) -> str:
    return str(case.storyboard.place(case.clip.scene).name)


def _marks(case: Case, face: Face) -> tuple[str, ...]:
    return case.storyboard.character(*face).marks


def _points_at(case: Case, face: Face, text: str) -> bool:
    slot = next((one.slot for one in case.clip.references if (one.id, one.look) == face), None)
    if slot is None or case.dialect == "descriptive":
        return _name(case, face).lower() in text.lower()
    label = f"[Image {slot}]" if case.dialect == "image_n" else f"character{slot}"
    return re.search(rf"{re.escape(label)}(?!\d)", text) is not None


RULES = (
    check_text,
    check_labels,
    check_shots,
    check_subjects,
    check_lines,
    check_first_frame,
    check_closing,
    check_sounds,
    check_parts,
    check_articles,
)
"""Of one prompt. `check_dialects` is of the prompts of a clip, `check_shared` of the parts of a shot."""
