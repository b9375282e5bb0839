"""What an author wrote that a clip is made from: all of it, by path, and nothing that is not written."""

from boards import board, everywhere, pack_shots, picture_of

from storyforge.compiler.authored import collect_authored
from storyforge.language.mentions import collect_names

CAST = {
    "ana": {"name": "the rower", "reference": "ana.png", "looks": {"wet": {"marks": ["dripping hair"]}}},
    "bo": {"voice": "low"},
}


def authored(*shots, **top):
    """The fields of each clip of a storyboard."""
    made = board(*shots, **top)
    clips = pack_shots(made, everywhere(), picture_of, lambda clip: 0)
    return [collect_authored(made, clip, collect_names(made)) for clip in clips]


def test_only_what_is_written_is_kept():
    (fields,) = authored({"id": "a", "action": "Rain.", "seconds": 3})
    assert fields["shots.0.action"] == "Rain."
    assert fields["seconds"] == fields["shots.0.seconds"] == 3
    assert not [path for path in fields if path.endswith(("style", "camera", "marks", "anchor", "first_frame"))]
    assert not [path for path in fields if path.startswith("cast.")]


def test_a_character_without_looks_is_kept_and_so_is_the_look_that_it_wears():
    (plain,) = authored({"id": "a", "action": "@ana rows."}, cast=CAST)
    assert plain["cast.ana.name"] == "the rower"
    assert plain["cast.ana.reference"] == picture_of("ana.png").token
    assert not [path for path in plain if ".looks." in path or path.startswith("cast.bo")]
    (wet,) = authored({"id": "a", "action": "@ana.wet rows."}, cast=CAST)
    assert wet["cast.ana.looks.wet.marks"] == ["dripping hair"]
    assert "cast.ana.name" not in wet


def test_a_voice_out_of_sight_is_kept_where_it_is_of_the_cast():
    lines = [{"bo (V.O.)": "It was late."}, {"ana.dry (O.S.)": "Come."}, {"someone (V.O.)": "Hush."}]
    (fields,) = authored({"id": "a", "dialogue": lines}, cast=CAST)
    assert {path for path in fields if path.startswith("cast.")} == {"cast.bo.voice", "cast.bo.name"}
    assert fields["cast.bo.voice"] == "low"


def test_a_clip_that_continues_another_keeps_the_anchor_that_is_asked_of_it():
    shots = ({"id": "a"}, {"id": "b", "continues": "a"})
    sharpest = {"format": {"anchor": "sharpest"}}
    made = board(*shots, **sharpest)
    clips = pack_shots(made, everywhere("runware"), picture_of, lambda clip: 0)
    first, second = (collect_authored(made, clip, collect_names(made)) for clip in clips)
    assert "format.anchor" not in first
    assert second["format.anchor"] == "sharpest"
    assert second["shots.0.continues"] == "a"
    assert "shots.0.first_frame" not in second
    _, own = authored(shots[0], {**shots[1], "anchor": "last"}, **sharpest)
    assert (own["shots.0.anchor"], own.get("format.anchor")) == ("last", None)


def test_a_first_frame_is_kept_by_what_is_in_the_picture():
    (fields,) = authored({"id": "a", "first_frame": "door.png"})
    assert fields["shots.0.first_frame"] == picture_of("door.png").token
