from itertools import pairwise

import pytest

from storyforge.animatic.camera import REACH, STILL, behind, from_whole, read_camera, view_at


def path(words, seconds=4.0):
    move = read_camera(words, seconds)
    return [view_at(move, at / 96, at / 24) for at in range(97)]


@pytest.mark.parametrize(
    ("words", "axis", "sign"),
    [
        ("slow push-in", 2, 1),
        ("zoom in on the whistle", 2, 1),
        ("dolly in", 2, 1),
        ("pull out", 2, -1),
        ("dolly back", 2, -1),
        ("zoom out", 2, -1),
        ("pan left", 0, -1),
        ("pan right to the door", 0, 1),
        ("tracking shot left", 0, -1),
        ("truck right", 0, 1),
        ("dolly left", 0, -1),
        ("tilt up", 1, -1),
        ("tilt down", 1, 1),
        ("crane up over the roofs", 1, -1),
        ("crane down", 1, 1),
        ("slow rise, straight up", 1, -1),
        ("slow tilt up from the hem to the face", 1, -1),
        ("pan right past the door on the left", 0, 1),
        ("racing backwards ahead of the wheel", 2, -1),
        ("缓缓推近", 2, 1),
        ("缓缓上摇", 1, -1),
    ],
)
def test_camera_words_move_the_view(words, axis, sign):
    start, *_, end = path(words)
    assert (end[axis] - start[axis]) * sign > 0.02


@pytest.mark.parametrize("words", [None, "", "caméra subjective", "镜头"])
def test_without_known_words_the_camera_drifts_and_never_stands(words):
    assert all(one != other for one, other in pairwise(path(words)))


@pytest.mark.parametrize("words", ["static", "locked-off", "fixed tripod"])
def test_a_static_camera_stands(words):
    assert read_camera(words, 4.0) == STILL


@pytest.mark.parametrize(
    "words", ["whip pan left", "slow push-in", "handheld", "handheld fast orbit", "crash zoom", "tilt"]
)
def test_movement_is_smooth_and_the_background_never_ends(words):
    views = path(words, 15.0)
    move = read_camera(words, 15.0)
    for one, other in pairwise(views):
        assert max(abs(a - b) for a, b in zip(one, other, strict=True)) < 0.005
    for view in views:
        for seen in (view, behind(view, move.depth)):
            assert 1 / seen.zoom + 2 * max(abs(seen.x), abs(seen.y)) <= REACH + 1e-9


@pytest.mark.parametrize("words", ["push-in", "pan left", "fast pan right", "tilt up", "static", "orbit", None])
def test_a_clip_that_opens_on_a_picture_starts_on_the_whole_of_it_and_stays_inside(words):
    move = from_whole(read_camera(words, 8.0))
    views = [view_at(move, at / 96, 0) for at in range(97)]
    assert views[0] == (0, 0, 1)
    for view in views:
        assert 1 / view.zoom + 2 * max(abs(view.x), abs(view.y)) <= 1 + 1e-9
