import asyncio
from itertools import pairwise

import pytest

from animatic.bodies import body, line, panel
from storyforge.animatic.sound import SAMPLE_RATE, place, speak_clip
from storyforge.animatic.voice import find_library

needs_voice = pytest.mark.skipif(find_library() is None, reason="the scratch voice is not installed")


@pytest.mark.parametrize("seconds", [0.5, 2.0, 5.0, 15.0])
@pytest.mark.parametrize("lengths", [[1.0], [0.5, 0.5, 0.5], [4.0, 4.0], [0.0]])
def test_lines_follow_one_another_and_never_leave_their_panel(lengths, seconds):
    cues = place(lengths, seconds)
    assert [cue.line for cue in cues] == list(range(len(lengths)))
    assert all(0 <= cue.start <= cue.end <= seconds for cue in cues)
    assert all(one.end <= other.start for one, other in pairwise(cues))


def test_lines_with_time_to_spare_begin_after_a_breath_and_are_not_cut():
    first, second = place([1.0, 1.5], 6.0)
    assert first.start == pytest.approx(0.3)
    assert (first.end - first.start, second.end - second.start) == pytest.approx((1.0, 1.5))
    assert 0.2 < second.start - first.end < 1.0


@needs_voice
def test_lines_are_hurried_then_cut_off_with_a_note_and_never_reach_the_next_panel():
    long = "The road is gone, the bridge is gone, and the boats have been gone since the morning."
    speech = asyncio.run(speak_clip(body(panel(36, lines=[line(text=long)]), panel(24))))
    assert speech.notes == ("no time for all of “The road is gone, the bridge is gone, an…”: it is cut off",)
    assert len(speech.track) == SAMPLE_RATE * 60 // 24
    assert not any(speech.track[round(1.5 * SAMPLE_RATE) + 2 :])
    assert max(speech.track[: round(1.5 * SAMPLE_RATE)]) > 3000


@needs_voice
def test_an_unknown_language_is_read_as_english_with_a_note():
    speech = asyncio.run(speak_clip(body(panel(60, lines=[line()]), language="tlh")))
    assert speech.notes == ("the scratch voice does not speak `tlh`: it reads the lines as English",)
    assert any(speech.track)


@needs_voice
def test_a_voice_that_is_not_seen_sounds_narrower():
    tracks = [asyncio.run(speak_clip(body(panel(60, lines=[line(unseen=unseen)])))).track for unseen in (False, True)]
    steps = [sum(abs(a - b) for a, b in pairwise(track)) / sum(map(abs, track)) for track in tracks]
    assert tracks[0] != tracks[1]
    assert steps[0] != pytest.approx(steps[1], rel=0.01)


@needs_voice
def test_a_line_without_words_is_silent():
    speech = asyncio.run(speak_clip(body(panel(24, lines=[line(text="…"), line(text="")]))))
    assert not any(speech.track)
    assert len(speech.cues[0]) == 2


@needs_voice
def test_a_line_is_read_in_its_own_language():
    said = "Das ist eine lange Reise."
    plain, german, of_the_film = (
        asyncio.run(speak_clip(body(panel(96, lines=[line(text=said, **own)]), language=language))).track
        for own, language in (({}, "en"), ({"language": "de"}, "en"), ({}, "de"))
    )
    assert german == of_the_film != plain


@needs_voice
def test_a_language_of_a_line_that_the_voice_does_not_speak_is_told():
    speech = asyncio.run(speak_clip(body(panel(96, lines=[line(), line(language="tlh")]))))
    assert speech.notes == ("the scratch voice does not speak `tlh`: it reads the lines as English",)
