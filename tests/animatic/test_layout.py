from itertools import combinations

import pytest

from animatic.bodies import body, line, panel, person
from storyforge.animatic.camera import read_camera, view_at
from storyforge.animatic.captions import choose_quotes, name_speaker
from storyforge.animatic.layout import lay_out, read_framing, steady_zone
from storyforge.animatic.panels import Stage

SIZES = [(1280, 720), (720, 1280), (720, 720), (720, 900), (1680, 720), (720, 1680)]
FRAMINGS = ["wide establishing shot", "full shot", "medium two-shot", "close-up", "insert", "over the shoulder", "POV"]
CAMERAS = [
    "push in",
    "pull out",
    "pan left",
    "tilt up",
    "track right",
    "crane down",
    "orbit",
    "handheld",
    "static",
    None,
]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("framing", FRAMINGS)
def test_one_to_nine_people_stand_inside_the_frame_above_the_captions_through_every_movement(size, framing):
    spec = panel(96, framing=framing, sound="wind", music="strings", lines=[line(text="You are late. " * 9)])
    stage = Stage(body(spec, size=size), {}, [()])
    head, feet = stage.captioner.draw_head(spec), stage._feet(spec)
    zone = stage._zone(head, feet)
    ceiling, floor = head.box.bottom, min(foot.box.top for foot in feet.values())
    for camera in CAMERAS:
        move = read_camera(camera, 4.0)
        views = [view_at(move, at / 24, at / 6) for at in range(25)]
        for count in range(1, 10):
            cards = lay_out(count, steady_zone(zone, size, move), read_framing(framing))
            assert len(cards) == count
            assert not any(_overlap(one, other) for one, other in combinations(cards, 2))
            for card in cards:
                assert card.height > size[1] / 30
                for view in views:
                    left, right = (_seen(side, size[0], view.x, view.zoom) for side in (card.x, card.right))
                    top, bottom = (_seen(side, size[1], view.y, view.zoom) for side in (card.y, card.bottom))
                    assert left > 0
                    assert right < size[0]
                    assert top > ceiling
                    assert bottom < floor


def _overlap(one, other):
    across = min(one.right, other.right) - max(one.x, other.x)
    down = min(one.bottom, other.bottom) - max(one.y, other.y)
    return across > 0.01 and down > 0.01


def _seen(position, side, offset, zoom):
    """Where the frame shows a position of the still."""
    return side * (0.5 + (position / side - 0.5 - offset) * zoom)


@pytest.mark.parametrize("size", SIZES)
def test_captions_keep_inside_the_frame_and_out_of_the_top_right_corner(size):
    long = "a storm that takes the roof off the boathouse and rolls it down the harbour road " * 5
    spec = panel(framing=long, camera=long, action=long, sound=long, music=long, goes_on=True)
    spec["lines"] = [line(name=long, how=long, text=long, unseen=True), line(text="")]
    stage = Stage(body(spec, size=size), {}, [()])
    head, feet = stage.captioner.draw_head(spec), stage._feet(spec)
    assert head.box.right <= size[0] * 0.78
    for box in (head.box, *(foot.box for foot in feet.values())):
        assert min(box) >= 0
        assert box.right <= size[0]
        assert box.bottom <= size[1]
    assert head.box.bottom < min(foot.box.top for foot in feet.values())


@pytest.mark.parametrize(
    ("words", "framing"),
    [
        ("wide establishing shot", "wide"),
        ("extreme close-up on the whistle", "detail"),
        ("medium close-up", "medium"),
        ("close shot", "close"),
        ("over-the-shoulder of the young radio operator", "shoulder"),
        ("high-angle shot", "high"),
        ("point of view", "pov"),
        ("close two-shot over the counter", "medium"),
        ("close shot, low angle", "close"),
        ("very wide shot from high above", "wide"),
        ("gros plan", "close"),
        ("特写，俯拍石板", "close"),
        ("中景，白墙占满画面", "medium"),
        ("全景", "full"),
        ("plan", "medium"),
        (None, "medium"),
    ],
)
def test_framing_words_are_read(words, framing):
    assert read_framing(words) == framing


def test_a_close_shot_shows_the_first_larger_than_a_wide_one_does():
    stage = Stage(body(panel()), {}, [()])
    zone = stage._zone(None, {})
    close, wide = lay_out(3, zone, "close"), lay_out(3, zone, "wide")
    assert close[0].height > 1.5 * close[1].height
    assert close[0].height > 2 * wide[0].height


def test_people_without_pictures_are_drawn(picture):
    spec = panel(2, cast=[person("the lighthouse keeper"), person("米拉"), person("🔥"), person("")])
    frames = list(Stage(body(spec), {}, [()]).frames())
    assert [len(frame) for frame in frames] == [320 * 180 * 3 // 2] * 2


@pytest.mark.parametrize(
    ("given", "name"),
    [({}, "OTTO:"), ({"unseen": True}, "OTTO (V.O.):"), ({"unseen": True, "kind": "off"}, "OTTO (O.S.):")],
)
def test_a_caption_says_whether_a_voice_lies_over_the_picture_or_is_out_of_view(given, name):
    assert name_speaker(line(name="Otto", **given)) == name


def test_a_line_is_quoted_as_its_language_does():
    assert [choose_quotes(tag) for tag in ("en", "de-AT", "ja")] == [("“", "”"), ("„", "“"), ("「", "」")]
