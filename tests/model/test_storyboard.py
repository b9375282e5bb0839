import contextlib
import time
import unicodedata

import pytest
from pydantic import ValidationError

from storyforge.model.storyboard import Character, Format, Line, Music, Scene, Shot, Storyboard, Transition, id_words


def line(key, text="You are late."):
    return Line.model_validate({key: text})


def shot(**fields):
    return Shot.model_validate({"id": "door", "scene": "lamp-room", "action": "The door opens.", **fields})


def board(**fields):
    return Storyboard.model_validate({"storyforge": 1, "title": "The Keeper", **fields})


@pytest.mark.parametrize(
    ("key", "who", "look", "how", "kind"),
    [
        ("mira", "mira", None, None, "seen"),
        (" mira ", "mira", None, None, "seen"),
        ("mira.storm", "mira", "storm", None, "seen"),
        ("mira (whispering)", "mira", None, "whispering", "seen"),
        ("mira.storm(low, slow)", "mira", "storm", "low, slow", "seen"),
        ("mira (V.O.)", "mira", None, None, "over"),
        ("米拉 (o.s., low)", "米拉", None, "low", "off"),
        ("米拉（旁白）", "米拉", None, None, "over"),
        ("mira ()", "mira", None, None, "seen"),
        ("mira (a) (b)", "mira", None, "a, b", "seen"),
        ("mira (V.O.)(CONT'D)", "mira", None, None, "over"),
        ("mira.storm (CONT'D) (whispering)", "mira", "storm", "whispering", "seen"),
    ],
)
def test_a_line_says_who_speaks_how_and_whether_they_are_seen(key, who, look, how, kind):
    said = line(key, " You are late. ")
    assert (said.who, said.look, said.how, said.kind, said.text) == (who, look, how, kind, "You are late.")
    assert said.unseen is (kind != "seen")


def test_a_line_may_name_its_language_in_english_or_in_that_of_the_film():
    assert line("mira (in German, low)").language == "de"
    shots = [{"id": "a", "scene": "b", "action": "c", "dialogue": [{"mira (em inglês)": "Yes."}, {"mira": "Sim."}]}]
    film = {"storyforge": 1, "title": "T", "shots": shots}
    lines = Storyboard.model_validate(film, context={"language": "pt-BR"}).shots[0].dialogue
    assert [(said.language, said.how) for said in lines] == [("en", None), (None, None)]
    assert Storyboard.model_validate(film).shots[0].dialogue[0].how == "em inglês"


@pytest.mark.parametrize("key", ["mira", "mira (V.O.)", "mira (O.S.)", "mira.storm (low, in German)"])
def test_a_line_is_read_again_as_it_was_recorded(key):
    said = line(key)
    assert Line.model_validate(said.model_dump(mode="json")) == said


def test_a_line_is_recorded_as_by_the_first_release_unless_it_says_more():
    first = {"who": "mira", "look": None, "how": None, "text": "You are late.", "unseen": True}
    assert line("mira (V.O.)").model_dump() == first
    assert Line.model_validate(first).kind == "over"
    assert line("mira (O.S.)").model_dump() == first | {"kind": "off"}
    assert line("mira (V.O., in German)").model_dump() == first | {"language": "de"}


@pytest.mark.parametrize("key", ["the man", "mira (a", "mira a)", "mira ((a))", "", "mira.", "(low)", 3])
def test_a_speaker_is_one_word_with_brackets_behind_it(key):
    with pytest.raises(ValidationError):
        line(key)


@pytest.mark.parametrize(
    "value", ["mira: hi", {}, {"a": "b", "c": "d"}, {"mira": None}, {"mira": " "}, {"mira": 3}, None]
)
def test_a_line_is_one_speaker_with_words(value):
    with pytest.raises(ValidationError):
        Line.model_validate(value)


def test_long_runs_of_space_are_read_at_once():
    start = time.perf_counter()
    for key in ("a" + " " * 100_000 + "x", "a (" + " " * 100_000):
        with pytest.raises(ValidationError):
            line(key)
    with pytest.raises(ValidationError):
        shot(transition="fade 1" + " " * 100_000 + "x")
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("cut", Transition()),
        (" dissolve 0.5 ", Transition("dissolve", 0.5)),
        ("fade 1 s", Transition("fade", 1.0)),
        ("wipe 10s", Transition("wipe", 10.0)),
        (None, Transition()),
        (Transition("fade", 2.0), Transition("fade", 2.0)),
    ],
)
def test_a_transition_is_a_word_and_its_seconds(written, meant):
    assert shot(transition=written).transition == meant


@pytest.mark.parametrize(
    "written",
    ["Cut", "cut 1", "fade", "fade 0", "wipe 0.00 s", "dissolve -1", "dissolve 1e3", "fade 9999", "fade ١", 3],
)
def test_a_transition_is_nothing_else(written):
    with pytest.raises(ValidationError):
        shot(transition=written)


@pytest.mark.parametrize("name", ["a", "lamp-1", "米拉", "Émile", "E\u0301mile", "मीरा", "a_b", "å2"])
def test_an_id_is_letters_digits_and_two_signs_of_any_script(name):
    assert shot(id=name).id == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    "name", ["1", "14B", "2024-01-01", "१", "می\u200cخواهم", "क्\u200dष", "\u0d28\u0d4d\u200d\u0d2e"]
)
def test_the_id_of_a_shot_or_a_scene_may_start_with_a_digit_and_hold_the_joiners_of_its_script(name):
    assert (shot(id=name).id, list(board(scenes={name: {}}).scenes)) == (name, [name])
    with pytest.raises(ValidationError) if name[0].isdigit() else contextlib.nullcontext():
        board(cast={name: {}})


@pytest.mark.parametrize("name", ["mi\u200cra", "می\u200c", "\u200cمی", "می\u200c\u200cخ", "米\u200d拉"])
def test_no_joiner_hides_in_an_id_that_needs_none(name):
    with pytest.raises(ValidationError):
        shot(id=name)


@pytest.mark.parametrize("name", ["", "-a", "_a", "a b", "a.b", "a@", "a\n", "😀", 3, True, None])
def test_an_id_has_no_other_signs(name):
    with pytest.raises(ValidationError):
        shot(id=name)


def test_a_key_left_empty_counts_as_not_written():
    assert shot(camera=None, cast=None, take=None) == shot()
    assert board(format=None, music=None, cast=None, use=None) == board()
    with pytest.raises(ValidationError, match="missing"):
        shot(action=None)


def test_a_character_a_look_and_a_scene_may_be_nothing_but_their_id():
    made = board(cast={"mira": None, "otto": {"looks": {"wet": None}}}, scenes={"lamp-room": None})
    assert made.cast["mira"] == Character()
    assert made.scenes["lamp-room"] == Scene()
    assert made.character("otto", "wet").name == "otto"


def test_unknown_keys_are_errors_even_if_empty():
    with pytest.raises(ValidationError, match="colour"):
        shot(colour=None)


@pytest.mark.parametrize(
    "fields",
    [
        {"seconds": 0.4}, {"seconds": 601}, {"seconds": float("inf")}, {"seconds": float("nan")}, {"seconds": "4"},
        {"seconds": True}, {"seed": -1}, {"seed": 2**31}, {"take": 0}, {"take": 1.5}, {"clip": "old"}, {"action": " "},
        {"action": 3}, {"cast": "mira"}, {"cast": ["a b"]}, {"prefer": "scene"}, {"extra": {"a": 1}},
        {"extra": {"runware": {"a": [{"b": float("inf")}]}}}, {"dialogue": {"mira": "Hi."}}, {"notes": []},
    ],
)  # fmt: skip
def test_a_shot_refuses(fields):
    with pytest.raises(ValidationError):
        shot(**fields)


def test_bounds_belong_to_the_range():
    assert (shot(seconds=0.5).seconds, shot(seconds=600).seconds, shot(seed=2**31 - 1).seed) == (0.5, 600, 2**31 - 1)
    assert Music(file="a", gain=12).gain == 12


def test_text_loses_the_white_space_around_it():
    assert shot(action="  The door opens.\n").action == "The door opens."


def test_fields_for_a_provider_pass_as_they_are():
    extra = {"runware": {"steps": 3, "deep": {"list": [1, None, "a"]}}}
    assert shot(extra=extra).extra == extra


@pytest.mark.parametrize(
    ("aspect", "resolution", "size"),
    [
        ("16:9", "720p", (1280, 720)),
        ("16:9", "1080p", (1920, 1080)),
        ("9:16", "720p", (720, 1280)),
        ("1:1", "720p", (720, 720)),
        ("4:5", "720p", (720, 900)),
        ("5:4", "1080p", (1350, 1080)),
        ("21:9", "720p", (1680, 720)),
        ("9:21", "1080p", (1080, 2520)),
    ],
)
def test_the_short_side_is_the_resolution_and_the_long_one_is_even(aspect, resolution, size):
    assert Format(aspect=aspect, resolution=resolution).size == size


def test_a_look_replaces_what_it_gives_and_inherits_the_rest():
    storm = {"marks": ["a yellow oilskin"], "reference": "storm.png"}
    made = board(
        cast={"mira": {"voice": "low", "marks": ["a whistle"], "reference": "a.png", "looks": {"storm": storm}}}
    )
    worn = made.character("mira", "storm")
    assert (worn.name, worn.voice, worn.marks, worn.reference) == ("mira", "low", ("a yellow oilskin",), "storm.png")
    assert made.character("mira").marks == ("a whistle",)
    for who, look in (("otto", None), ("mira", "sun")):
        with pytest.raises(KeyError):
            made.character(who, look)


def test_a_name_left_out_is_the_id_as_words():
    made = board(scenes={"lamp-room": {}, "sea": {"name": "the open sea"}})
    assert (made.place("lamp-room").name, made.place("sea").name) == ("lamp room", "the open sea")
    assert id_words("the_lamp-room_") == "the lamp room"


def test_a_copy_with_another_cast_shows_that_cast():
    keeper = board(cast={"mira": {"marks": ["a brass whistle"]}}, scenes={"lamp-room": {"sound": "wind"}})
    assert keeper.character("mira") is keeper.character("mira")
    assert (keeper.character("mira").marks, keeper.place("lamp-room").sound) == (("a brass whistle",), "wind")
    other = keeper.model_copy(
        update={"cast": {"mira": Character(marks=("a grey braid",))}, "scenes": {"lamp-room": Scene()}}
    )
    assert (other.character("mira").marks, other.place("lamp-room").sound) == (("a grey braid",), None)
    assert keeper.character("mira").marks == ("a brass whistle",)


def test_nouns_are_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        shot().action = "Another."


def test_asking_for_a_character_or_a_scene_changes_nothing_that_a_storyboard_holds():
    made = Storyboard(storyforge=1, title="x", cast={"mira": {"looks": {"storm": {}}}}, scenes={"sea": {}})
    made.character("mira"), made.place("sea")
    held = {name: dict(value) for name, value in made.__dict__.items() if isinstance(value, dict)}
    for who, look in (("mira", "storm"), ("mira", None)):
        made.character(who, look)
    assert {name: value for name, value in made.__dict__.items() if isinstance(value, dict)} == held
    copied = made.model_copy(update={"scenes": {"sea": Scene(sound="wind"), "hut": Scene()}})
    assert (copied.place("sea").sound, copied.place("hut").name, made.place("sea").sound) == ("wind", "hut", None)
