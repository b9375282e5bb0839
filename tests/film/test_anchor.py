"""A take that others go on from at its sharpest frame: which that is, and that the film plays it no farther."""

import asyncio

import pytest
from boards import board, everywhere, pack_shots, picture_of
from PIL import Image

from film.cards import card, codes, read
from storyforge.compiler.transitions import find_anchored, max_anchor_loss
from storyforge.film.anchor import Anchor, find_anchor, handoff_frame, read_anchor
from storyforge.film.conform import Delivery, conform_take
from storyforge.system.store import Store


def kept(tmp_path, **wanted):
    """A card as a take in a store; gives that and its sha256."""
    store = Store(tmp_path / ".storyforge")
    made = card(tmp_path / "card.mp4", **wanted)
    take = store.keep_take(made, "ab" * 32, {}, (), {})
    return store, take


def code_in(path):
    grey = Image.open(path).convert("L")
    return read(grey.tobytes(), grey.width, grey.height, grey.width)


@pytest.mark.parametrize(
    ("fps", "frames", "blurred", "expected"),
    [
        (24, 48, 42, 41),
        (30, 60, 54, 53),
        (25, 50, 40, 39),
        (24, 48, 37, 36),  # twelve frames are looked at, the first of which is the sharp one
        (24, 48, 99, 47),  # nothing is
    ],
)
def test_it_is_the_last_sharp_frame_of_the_last_half_second(tmp_path, fps, frames, blurred, expected):
    store, take = kept(tmp_path, fps=fps, frames=frames, blurred=blurred)
    found = find_anchor(take, store)
    assert (found.at, found.seconds) == (round(expected / fps, 6), frames / fps)
    assert code_in(handoff_frame(take, True, store)) == (1, expected)
    assert code_in(handoff_frame(take, False, store)) == (1, frames - 1)


def test_it_is_looked_for_once_and_anew_where_what_is_known_is_damaged(tmp_path):
    store, take = kept(tmp_path, frames=24, blurred=20)
    assert read_anchor(take, store) is None
    found = find_anchor(take, store)
    assert read_anchor(take, store) == found
    facts = store.path("frames", f"{take}.json")
    store.take(take).unlink()
    assert find_anchor(take, store) == found
    for damaged in ("", "{}", "[]", '{"at": 1, "on": 2}'):
        facts.write_text(damaged)
        assert read_anchor(take, store) is None


@pytest.mark.parametrize(
    ("at", "seconds", "due", "fps", "fit_time", "frames"),
    [
        (41 / 24, 2.0, 48, 24, "trim", 42),
        (53 / 30, 2.0, 48, 24, "trim", 43),
        (47 / 24, 2.0, 48, 24, "trim", 48),
        (2.5, 3.0, 48, 24, "trim", 48),  # it comes behind the time of the clip
        (2.75, 3.0, 48, 24, "keep", 45),  # played one and a half times as fast
        (0.875, 1.0, 48, 24, "stretch", 43),  # half as fast
    ],
)
def test_its_clip_plays_so_many_frames(at, seconds, due, fps, fit_time, frames):
    assert Anchor(at, seconds).frames(due, fps, fit_time) == frames


@pytest.mark.parametrize(("rate", "fps"), [(24, 24), (30, 24), (25, 30), (60, 24), (50, 25), (30, 25), (120, 24)])
def test_a_piece_ends_on_that_very_frame_whatever_its_rate(tmp_path, rate, fps):
    store, take = kept(tmp_path, fps=rate, frames=2 * rate, blurred=2 * rate - rate // 5)
    anchor = find_anchor(take, store)
    count = anchor.frames(2 * fps, fps, "trim")
    assert 2 * fps - max_anchor_loss(fps) <= count < 2 * fps
    made = Delivery(count, (320, 180), fps, until=anchor.at, lost=2 * fps - count)
    piece = asyncio.run(conform_take(store.take(take), take, made, tmp_path / "pieces"))
    seen = codes(piece.video)
    assert (len(seen), seen[-1]) == (count, (1, 2 * rate - rate // 5 - 1))
    whole = asyncio.run(conform_take(store.take(take), take, Delivery(2 * fps, (320, 180), fps), tmp_path / "pieces"))
    assert piece.key != whole.key
    assert codes(whole.video)[: count - 1] == seen[:-1]


def test_clips_are_shortened_that_one_goes_on_from_at_its_sharpest(tmp_path):
    made = board({"id": "a"}, {"id": "b", "continues": "a", "anchor": "sharpest"}, {"id": "c", "continues": "b"})
    assert find_anchored(pack_shots(made, everywhere("runware"), picture_of, lambda clip: 0)) == {"a"}
