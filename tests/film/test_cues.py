"""What is read when: within what eyes can follow, and never without a word of the line."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storyforge.film.cues import (
    GAP,
    LONGEST,
    ROWS,
    SHORTEST,
    Cue,
    Spoken,
    count_letters,
    make_cues,
    plain,
    reading_limits,
    sequence_cues,
    shift_cues,
)

LONG = (
    "Once there was a keeper who never slept. She counted the ships, and the ships counted her; and when the fog came, "
    "they both forgot what number they had reached, which was a pity."
)


def texts(cues):
    return [" ".join(cue.rows) for cue in cues]


def test_a_line_stands_from_when_it_is_heard_until_it_is_said():
    (cue,) = make_cues([Spoken("You are late, and the lamp is out.", 1.0, 3.0, "Mira")], "en", 24, 240)
    assert cue == Cue(24, 72, ("You are late, and the lamp is out.",), "Mira")


def test_a_short_line_stands_as_long_as_it_takes_to_read():
    (short,) = make_cues([Spoken("No.", 1.0, 1.2)], "en", 24, 240)
    assert (short.first, short.end) == (24, 44)
    (hasty,) = make_cues([Spoken("Thirty letters, said in a hurry", 0, 0.5)], "en", 24, 240)
    assert hasty.end == pytest.approx(31 / 20 * 24, abs=1)


def test_readers_of_other_languages_get_the_time_of_theirs():
    assert reading_limits("en-GB") == (42, 20.0)
    assert reading_limits("de") == (42, 17.0)
    assert reading_limits("ja") == (26, 8.0)
    (german,) = make_cues([Spoken("x" * 34, 0, 0.5)], "de", 24, 240)
    assert german.end == 48


def test_a_cue_goes_two_frames_before_the_next_comes_where_the_pause_is_short():
    one, two = make_cues([Spoken("Who is there?", 0, 1.0), Spoken("Only the wind.", 1.2, 2.5)], "en", 24, 240)
    assert (one.end, two.first) == (28 - GAP, 28)
    one, two = make_cues([Spoken("Who is there?", 0, 1.0), Spoken("Only the wind.", 2.0, 3.5)], "en", 24, 240)
    assert (one.end, two.first) == (24, 48)


def test_a_line_at_the_very_end_comes_early_enough_to_be_read():
    (cue,) = make_cues([Spoken("Run!", 9.9, 10.0)], "en", 24, 240)
    assert (cue.first, cue.end) == (220, 240)


def test_a_long_line_is_shown_in_parts_that_end_where_it_breathes():
    cues = make_cues([Spoken(LONG, 0, 12)], "en", 24, 288)
    assert texts(cues) == [
        "Once there was a keeper who never slept. She counted the ships,",
        "and the ships counted her; and when the fog came,",
        "they both forgot what number they had reached, which was a pity.",
    ]
    assert all(count_letters(row) <= 42 for cue in cues for row in cue.rows)


def test_two_rows_are_about_as_long_and_part_at_a_comma():
    (cue,) = make_cues([Spoken("The road is gone, and with it the way back to the village.", 0, 4)], "en", 24, 240)
    assert cue.rows == ("The road is gone, and with it", "the way back to the village.")
    (cue,) = make_cues([Spoken("When the fog came, all ships were lost again.", 0, 4)], "en", 24, 240)
    assert cue.rows == ("When the fog came,", "all ships were lost again.")


def test_a_line_that_is_said_slowly_is_shown_in_parts_of_seven_seconds():
    cues = make_cues([Spoken("One. Two. Three. Four. Five. Six.", 0, 15)], "en", 24, 400)
    assert len(cues) == 3
    assert all(cue.end - cue.first <= LONGEST * 24 for cue in cues)


def test_japanese_is_counted_in_wide_letters():
    cues = make_cues(
        [
            Spoken(
                "昔々、あるところに、決して眠らない灯台守がいました。彼女は船を数え、船もまた彼女を数えていました。",
                0,
                10,
            )
        ],
        "ja",
        24,
        300,
    )
    assert all(len(row) <= 13 and len(cue.rows) <= 2 for cue in cues for row in cue.rows)
    assert texts(cues)[0].endswith("。")


def test_what_a_form_would_take_for_a_command_is_written_otherwise():
    assert plain("{\\an8}<b>now</b>\x00\n there") == "(/an8)‹b›now‹/b› there"


def test_cues_of_clips_that_overlap_follow_one_another():
    one, two = Cue(0, 60, ("a",)), Cue(50, 80, ("b",))
    assert sequence_cues([two, one]) == [Cue(0, 48, ("a",)), two]
    assert sequence_cues([Cue(5, 9, ("a",)), Cue(5, 9, ("b",))]) == [Cue(5, 6, ("a",)), Cue(6, 9, ("b",))]
    assert shift_cues([one], 24) == [Cue(24, 84, ("a",))]


lines = st.lists(
    st.tuples(
        st.text(st.sampled_from("abc ,.!?-äß米な가กx"), min_size=1, max_size=300).filter(lambda text: plain(text)),
        st.floats(0, 3),
        st.floats(0, 9),
    ),
    max_size=6,
)


@given(lines, st.sampled_from(["en", "fr", "ja", "zh", "ko", "th"]), st.sampled_from([24, 25, 30]))
def test_whatever_is_said_no_word_is_lost_and_no_limit_broken(said, language, fps):
    spoken, at = [], 0.0
    for text, pause, length in said:
        spoken.append(Spoken(text, at + pause, at + pause + length))
        at += pause + length
    frames = int(at * fps) + 100 * fps
    cues = make_cues(spoken, language, fps, frames)
    shown = "".join("".join(cue.rows) for cue in cues)
    assert shown.replace(" ", "") == "".join(plain(text) for text, _, _ in said).replace(" ", "")
    width, _ = reading_limits(language)
    for cue in cues:
        assert 0 <= cue.first < cue.end <= frames
        assert cue.end - cue.first <= LONGEST * fps + 1
        assert len(cue.rows) <= ROWS
        assert all(count_letters(row.strip()) <= width for row in cue.rows)
    assert all(before.end < after.first for before, after in pairwise(cues))
    assert all(cue.end - cue.first >= int(SHORTEST * fps) for cue in cues[-1:])


def test_a_line_in_another_language_keeps_the_limits_of_that():
    said = "The road is gone, and with it the way back to the village."
    (own,) = make_cues([Spoken(said, 0, 4, language="ja", kind="off")], "en", 24, 240)[:1]
    (film,) = make_cues([Spoken(said, 0, 4)], "ja", 24, 240)[:1]
    assert own.rows == film.rows
    assert (own.kind, own.language, film.language) == ("off", "ja", None)
