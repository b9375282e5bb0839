"""The shots of a clip as the animatic draws them."""

from boards import board, everywhere, pack_shots, picture_of

from storyforge.compiler.panels import make_panels
from storyforge.language.mentions import collect_names

CAST = {
    "ana": {"name": "the rower", "marks": ["a green oar"], "reference": "ana.png"},
    "bo": {"name": "the boy", "voice": "low", "description": "ten years old"},
}


def panels(*shots, **top):
    """The panels of each clip."""
    made = board(*shots, **top)
    clips = pack_shots(made, everywhere(), picture_of, lambda clip: 0)
    return [list(make_panels(made, clip, collect_names(made))) for clip in clips]


def test_only_the_further_parts_of_a_long_shot_say_that_it_goes_on():
    parts = panels({"id": "a", "seconds": 40}, {"id": "b", "seconds": 3})
    assert [[panel["goes_on"] for panel in clip] for clip in parts] == [[False], [True], [True], [False]]


def test_frames_of_panels_add_up_to_their_clip():
    (clip,) = panels({"id": "a", "seconds": 2.5}, {"id": "b", "seconds": 2.5}, {"id": "c", "seconds": 1.3})
    assert [panel["frames"] for panel in clip] == [60, 60, 48]


def test_mentions_are_drawn_as_names_with_a_capital_where_a_sentence_begins():
    ((panel,),) = panels({"id": "a", "action": "@ana waves. @bo and @ana\n row; @nobody sees."}, cast=CAST)
    assert panel["action"] == "The rower waves. The boy and the rower row; nobody sees."
    assert (panel["framing"], panel["camera"], panel["music"]) == (None, None, None)


def test_a_panel_shows_its_cast_and_place_with_their_pictures():
    scenes = {"pier": {"name": "the pier", "reference": "pier.png", "sound": "gulls"}}
    shot = {"id": "a", "scene": "pier", "action": "@ana and @bo wait.", "sound": "a bell", "music": "a waltz"}
    ((panel,),) = panels(shot, cast=CAST, scenes=scenes)
    assert panel["cast"] == [
        {"name": "the rower", "picture": picture_of("ana.png").token, "marks": ["a green oar"]},
        {"name": "the boy", "picture": None, "marks": []},
    ]
    assert panel["scene"] == {"name": "the pier", "picture": picture_of("pier.png").token}
    assert (panel["sound"], panel["music"]) == ("gulls; a bell", "a waltz")


def test_a_line_says_who_speaks_how_and_whether_anybody_sees_them():
    lines = [{"bo (softly)": "Take it."}, {"bo (V.O.)": "It was late."}, {"stranger (V.O.)": "Hush."}]
    ((panel,),) = panels({"id": "a", "action": "@bo waits.", "dialogue": lines}, cast=CAST)
    first, second, third = panel["lines"]
    assert first == {
        "name": "the boy",
        "how": "softly",
        "text": "Take it.",
        "voice": "low",
        "description": "ten years old",
        "unseen": False,
    }
    assert (second["name"], second["unseen"]) == ("the boy", True)
    assert (third["name"], third["voice"], third["unseen"]) == ("stranger", None, True)


def test_a_voice_out_of_view_and_a_language_of_its_own_are_drawn_and_other_lines_are_as_they_were():
    lines = [{"bo (O.S.)": "Here!"}, {"bo (in German)": "Hier!"}, {"bo (V.O.)": "It was late."}]
    ((panel,),) = panels({"id": "a", "action": "@bo waits.", "dialogue": lines}, cast=CAST)
    off, german, over = panel["lines"]
    assert (off["unseen"], off["kind"]) == (True, "off")
    assert (german["unseen"], german["language"]) == (False, "de")
    assert "kind" not in over.keys() | german.keys()
    assert "language" not in over.keys() | off.keys()
