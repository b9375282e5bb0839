"""Prompts read as a director would write them, in every dialect and for every make-up of a clip."""

import re
from itertools import product

import pytest
from boards import board, everywhere, pack_shots, picture_of

from storyforge.compiler.prompt import Writer
from storyforge.compiler.templates import Templates
from storyforge.compiler.wording import TemplateFault
from storyforge.model.capabilities import CHARACTER_N, DESCRIPTIVE, IMAGE_N

DIALECTS = (DESCRIPTIVE, CHARACTER_N, IMAGE_N)


def prompts(made, dialect=DESCRIPTIVE, where="offline", projects=()):
    writer = Writer(made, dialect, Templates(projects))
    clips = pack_shots(made, everywhere(where), picture_of, lambda clip: writer.write(clip).characters)
    return [writer.write(clip) for clip in clips]


def people(count, **given):
    return {
        f"c{number}": {
            "name": f"the {word} sister",
            "reference": f"{word}.png",
            "marks": [f"a {word} scarf", f"a {word} hat"],
            **given,
        }
        for number, word in zip(
            range(count), ("red", "blue", "green", "black", "white", "pink", "grey", "brown", "plum"), strict=False
        )
    }


MINIMAL = board({"id": "a", "action": "The door blows open"})


def test_a_clip_with_nothing_says_nothing_of_what_it_lacks():
    (prompt,) = prompts(MINIMAL)
    assert prompt.text == (
        "The scene is room.\nBegin with this: the door blows open.\nNo dialogue.\nHold exactly the same throughout: room."
    )


WHOLE = board(
    {
        "id": "one",
        "framing": "wide establishing shot",
        "camera": "slow push-in.",
        "action": "@c0 looks at @c1.",
        "sound": "rain,",
        "music": "a low cello",
        "dialogue": [{"c0": "Are you there?"}, {"c1 (whispering)": "I am"}, {"c2 (V.O.)": "They were not alone."}],
        "preserve": ["the wet coat on @c1"],
        "seconds": 8,
    },
    {"id": "two", "framing": "close on the door", "action": "@c1's hand turns the knob!", "seconds": 3},
    {"id": "three", "action": "@c0 and @c1 listen…", "camera": "handheld", "seconds": 3},
    cast=people(2, voice="low.", description="a woman of forty,")
    | {"c2": {"name": "the neighbour", "voice": "hoarse"}},
    scenes={"room": {"name": "the hall", "reference": "hall.png", "marks": ["a cracked mirror"], "sound": "a clock."}},
    style="lamp-lit; 35 mm;",
    preserve=["the colour of the light."],
)


def test_a_whole_clip_reads_like_this():
    (prompt,) = prompts(WHOLE, CHARACTER_N)
    assert prompt.text.split("\n") == [
        "The scene is character3, the hall: a cracked mirror. Sound throughout: a clock.",
        "character1 is the red sister: a woman of forty; a red scarf; a red hat; voice: low.",
        "character2 is the blue sister: a woman of forty; a blue scarf; a blue hat; voice: low.",
        "Begin with a wide establishing shot, in a slow push-in: character1 (a red scarf, a red hat) looks at character2 "
        "(a blue scarf, a blue hat). character1 says, with clear lip-sync: “Are you there?” character2 says, whispering, "
        "with clear lip-sync: “I am.” In voice-over, the voice of the neighbour, hoarse, says: “They were not alone.” "
        "Sound: rain. Music: a low cello.",
        "Cut to this view, close on the door: character2's (a blue scarf, a blue hat) hand turns the knob!",
        "End on this view, the camera handheld: character1 (a red scarf, a red hat) and character2 (a blue scarf, a blue "
        "hat) listen…",
        "Only the quoted words are spoken, each by its own speaker, all other lips closed; nobody's lips "
        "move at a voice from off screen. No subtitles.",
        "Style: lamp-lit; 35 mm.",
        "Hold exactly the same in every shot: character1, the red sister (a red scarf, a red hat); character2, the blue "
        "sister (a blue scarf, a blue hat); character3, the hall (a cracked mirror); the colour of the light; the wet coat "
        "on character2.",
    ]
    assert [name for name, _ in prompt.parts] == ["cast", "one", "two", "three", "heard", "style", "preserve"]


def test_every_dialect_binds_in_its_own_words():
    descriptive, character, image = (prompts(WHOLE, dialect)[0].text for dialect in DIALECTS)
    assert "The red sister from the first reference image: a woman of forty" in descriptive
    assert ": the red sister (a red scarf, a red hat) looks at the blue sister (" in descriptive
    assert ": character1 (a red scarf, a red hat) looks at character2 (" in character
    assert ": the red sister in [Image 1] (a red scarf, a red hat) looks at the blue sister in [Image 2] (" in image
    assert "the [Image 2] blue sister's (a blue scarf, a blue hat) hand turns the knob!" in image
    assert "The scene is the hall in [Image 3]: a cracked mirror." in image


VARIANTS = list(product((0, 1, 2, 9), (False, True), (False, True), (False, True), DIALECTS))


@pytest.mark.parametrize(("count", "place", "frame", "talk", "dialect"), VARIANTS)
def test_every_make_up_of_a_clip_is_clean(count, place, frame, talk, dialect):
    cast = people(min(count, 8 if place else 9))
    shot = {
        "id": "a",
        "seconds": 6,
        "action": " and ".join(f"@{who}" for who in cast) + " wait." if cast else "Rain falls.",
        **({"first_frame": "open.png"} if frame else {}),
        **({"dialogue": [{who: "Here."} for who in list(cast)[:2]]} if talk and cast else {}),
    }
    scene = {"name": "the yard", **({"reference": "yard.png"} if place else {})}
    (prompt,) = prompts(board(shot, cast=cast, scenes={"room": scene}), dialect)
    text = prompt.text
    assert not re.search(r"[,;:.]{2}|\s[,;:.!?]| {2}|\n\n|: *\.|undefined|None|\(\)|“”", text), text
    assert text.startswith("Begin exactly from the first frame") == frame
    assert ("reference image" in text or "character1" in text or "[Image 1]" in text) == bool(cast or place)
    assert "lip-sync" in text if talk and cast else "lip-sync" not in text
    for one in cast.values():
        assert text.count(one["marks"][0]) == 3
    assert sum(length for _, length in prompt.parts) + len(prompt.parts) - 1 == prompt.characters


def test_marks_stand_in_every_shot_that_mentions_their_character():
    made = board(*({"id": f"s{number}", "action": "@c0 waits.", "seconds": 3} for number in range(4)), cast=people(1))
    (prompt,) = prompts(made)
    shots = [line for line in prompt.text.split("\n") if " this: " in line]
    assert [line.partition(" this: ")[0] for line in shots] == ["Begin with", "Cut to", "Shift to", "End on"]
    assert all("the red sister (a red scarf, a red hat) waits." in line for line in shots)


def test_two_looks_of_one_character_are_told_apart():
    cast = {"ana": {"name": "Ana", "reference": "a.png", "looks": {"old": {"reference": "o.png", "marks": ["a cane"]}}}}
    (prompt,) = prompts(board({"id": "a", "action": "@ana meets @ana.old. @ana.old's hand shakes."}, cast=cast))
    assert "Ana from the first reference image meets Ana from the second reference image (a cane)." in prompt.text
    assert "Ana's (from the second reference image) hand shakes." in prompt.text


def test_only_what_is_in_the_clip_is_mentioned():
    made = board({"id": "a", "action": "@c0 waits."}, cast=people(3))
    assert "blue" not in prompts(made)[0].text


LONG = {"id": "a", "framing": "long take", "seconds": 20}


def test_the_parts_of_a_long_shot_share_its_sentences_and_say_which_they_are():
    first, second = prompts(board({**LONG, "action": "@c0 walks to the gate. She opens it."}, cast=people(1)))
    assert first.text.startswith("The scene")
    assert (
        "Begin with a long take: the red sister (a red scarf, a red hat) walks to the gate. This is the first of 2 parts "
        "of one unbroken shot; it is still under way at the end.\n"
    ) in first.text
    assert second.text.startswith("Begin exactly from the first frame and carry its movement on.\n")
    assert (
        "The same shot goes on from that frame, a long take: she opens it. This is part 2 of 2 of one unbroken shot; "
        "nothing of it starts over. Still in the picture: the red sister (a red scarf, a red hat).\n"
    ) in second.text
    assert "walks" not in second.text


def test_one_sentence_is_told_in_every_part_of_a_long_shot():
    first, second = prompts(board({**LONG, "action": "@c0 walks."}, cast=people(1)))
    assert "the red sister (a red scarf, a red hat) walks. This is the first of 2 parts" in first.text
    assert "the red sister (a red scarf, a red hat) walks. This is part 2 of 2" in second.text
    assert "Still in the picture" not in second.text


def test_who_comes_into_a_later_part_is_not_in_the_picture_of_an_earlier_one():
    made = board({**LONG, "action": "@c0 walks to the gate. @c1 opens it.", "cast": ["c2"]}, cast=people(3))
    first, second = (prompt.text.split("\n") for prompt in prompts(made))
    assert "Also in the picture: the green sister (a green scarf, a green hat)." in first[4]
    assert "blue" not in first[4]
    assert ": the blue sister (a blue scarf, a blue hat) opens it." in second[5]
    assert second[5].endswith(
        "Still in the picture: the red sister (a red scarf, a red hat) and the green sister (a green scarf, a green hat)."
    )


def test_dialogue_in_another_language_names_it():
    made = board({"id": "a", "dialogue": [{"c0": "Bonsoir."}], "seconds": 4}, cast=people(1), language="fr-CA")
    assert "says in French, with clear lip-sync: “Bonsoir.”" in prompts(made)[0].text


def test_a_template_in_a_storyboard_is_only_text():
    made = board(
        {"id": "a", "action": "{{ 7 * 7 }} {% for x in y %} @c0 {# gone? #}"}, cast=people(1), style="{{ style }}"
    )
    text = prompts(made)[0].text
    assert "{{ 7 * 7 }} {% for x in y %} the red sister (a red scarf, a red hat) {# gone? #}." in text
    assert "Style: {{ style }}." in text


def write(folder, name, text):
    path = folder / "templates" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_a_project_may_say_it_in_its_own_words(tmp_path):
    write(tmp_path, "style.jinja", "All of it in the manner of: {{ style }}!")
    made = board({"id": "a"}, style="woodcut")
    assert "All of it in the manner of: woodcut!" in prompts(made, projects=[tmp_path])[0].text


@pytest.mark.parametrize(
    "text",
    [
        "{{ nothing_like_it }}",
        "{% if %}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ 'a' * 999999999 }}",
        "{{ range(10) }}",
        "{{ '%999999999d' % 1 }}",
        "{{ style | center(999999999) }}",
        "{% include 'style.jinja' %}",
        "{% include '../secret.txt' %}",
        "{{ style.format }}{{ style.nothing.more }}",
    ],
)
def test_a_broken_or_evil_template_is_one_finding(tmp_path, text):
    write(tmp_path, "style.jinja", f"first line\n{text}")
    with pytest.raises(TemplateFault) as fault:
        prompts(board({"id": "a"}, style="woodcut"), projects=[tmp_path])
    found = fault.value.diagnostic
    assert (found.name, found.severity) == ("broken-template", "error")
    assert found.location is not None
    assert (found.location.file, found.location.column) == ("templates/style.jinja", 1)
    assert found.location.line in (1, 2)


def test_a_template_keeps_its_lines_and_every_sign_as_they_are_written(tmp_path):
    write(tmp_path, "style.jinja", "In one\n{% if style %}\nor two {% endif %}lines: {{ style }}")
    text = prompts(board({"id": "a"}, style="black & white, <so> 'so'"), projects=[tmp_path])[0].text
    assert "In one\n\nor two lines: black & white, <so> 'so'" in text


@pytest.mark.parametrize(("size", "own"), [(65_536, True), (65_537, False)])
def test_a_template_is_read_up_to_64_kib(tmp_path, size, own):
    words = "All of it in the manner of: {{ style }}! {##}"
    write(tmp_path, "style.jinja", words.replace("{##}", "{#" + "x" * (size - len(words)) + "#}"))
    assert (tmp_path / "templates/style.jinja").stat().st_size == size
    (prompt,) = prompts(board({"id": "a"}, style="woodcut"), projects=[tmp_path])
    assert ("in the manner of" in prompt.text) is own


def test_a_template_that_leads_out_of_its_folder_is_not_read(tmp_path):
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "style.jinja").symlink_to(tmp_path / "secret.txt")
    assert "secret" not in prompts(board({"id": "a"}, style="woodcut"), projects=[tmp_path])[0].text


def times_of(*shots, **top):
    return [
        [line.partition("]")[0] + "]" for line in prompt.text.split("\n") if line.startswith("[0")]
        for prompt in prompts(board(*shots, **top))
    ]


def lasting(*seconds, **given):
    return [{"id": f"s{number}", "seconds": length, **given} for number, length in enumerate(seconds)]


def test_a_timed_film_says_when_each_shot_begins_and_the_last_lasts_to_the_end():
    timed = {"prompt": "timed"}
    assert times_of(*lasting(4, 2.6, 3), format=timed) == [["[00:00-00:04]", "[00:04-00:07]", "[00:07-00:10]"]]
    assert times_of(*lasting(1), format=timed) == [["[00:00-00:03]"]]
    assert times_of(*lasting(20), format=timed) == [["[00:00-00:10]"], ["[00:00-00:10]"]]
    (prompt,) = prompts(board(*lasting(4, 3), format=timed))
    assert "[00:00-00:04] Begin with this: Rain falls.\n[00:04-00:07] End on this: Rain falls.\n" in prompt.text


def test_a_film_that_is_not_timed_says_no_time():
    plain = prompts(board(*lasting(4, 3)))
    assert plain == prompts(board(*lasting(4, 3), format={"prompt": "guide"}))
    assert plain == prompts(board(*lasting(4, 3, prompt="guide"), format={"prompt": "timed"}))
    assert "[0" not in plain[0].text


def test_timed_shots_share_no_clip_with_others():
    shots = [*lasting(3, 3), {"id": "t", "seconds": 3, "prompt": "timed"}, {"id": "u", "seconds": 3, "prompt": "timed"}]
    assert times_of(*shots) == [[], ["[00:00-00:03]", "[00:03-00:06]"]]
    clips = pack_shots(board(*shots), everywhere(), picture_of, lambda clip: 0)
    assert [clip.why for clip in clips] == ["starts the scene", "has another prompt than `s1`"]
