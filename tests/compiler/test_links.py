"""How a shot that is longer than a clip is parted: lengths of its links, and who says what in which."""

from itertools import combinations_with_replacement, pairwise

import pytest
from counting import counted_steps
from hypothesis import given, settings
from hypothesis import strategies as st

from storyforge.compiler.links import link_seconds, share_lines
from storyforge.language.speech import line_seconds
from storyforge.model.capabilities import Limits
from storyforge.model.storyboard import Line

WORDS = ("No.", "…", "You are late.", "The road has been gone for an hour.", "Why, when nobody knows who has the key?")


def said(*texts):
    return [Line.model_validate({"mira": text}) for text in texts]


def tried_in_all_ways(lines, seconds):
    """The way in which links are most evenly full; of equal ones the one whose last links begin earliest."""
    needed = [line_seconds(line.text, "en") for line in lines]
    ways = []
    for inner in combinations_with_replacement(range(len(lines) + 1), len(seconds) - 1):
        cost = 0.0
        for (begin, end), length in zip(pairwise([0, *inner, len(lines)]), seconds, strict=True):
            cost += (sum(needed[begin:end]) / length) ** 2
        ways.append((cost, inner[::-1]))
    ends = [*min(ways)[1][::-1], len(lines)]
    return [tuple(lines[begin:end]) for begin, end in pairwise([0, *ends])]


def test_links_are_as_even_as_whole_seconds_can_be_and_longer_ones_come_first():
    assert link_seconds(31_200, Limits()) == [11, 11, 10]


def test_lines_of_a_chain_are_shared_out_in_order():
    lines = said(*(f"Line number {number} of this scene." for number in range(6)))
    shared = share_lines(lines, [8, 8], "en")
    assert [len(part) for part in shared] == [3, 3]
    assert [line for part in shared for line in part] == lines


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=9), st.lists(st.sampled_from((8, 9)), min_size=1, max_size=4))
def test_no_way_to_share_lines_is_more_even_than_the_one_that_is_chosen(texts, seconds):
    lines = said(*texts)
    assert share_lines(lines, seconds, "en") == tried_in_all_ways(lines, seconds)


def test_a_link_may_be_silent_and_so_may_all():
    assert share_lines([], [8, 8], "en") == [(), ()]
    (line,) = said("You are late.")
    assert sorted(share_lines([line], [8, 8], "en")) == [(), (line,)]


def test_few_of_the_ways_to_share_a_thousand_lines_are_looked_at():
    lines = said(*["You are late."] * 1_000)
    with counted_steps() as few:
        share_lines(lines[:250], [15] * 20, "en")
    with counted_steps() as many:
        shared = share_lines(lines, [15] * 20, "en")
    assert {len(part) for part in shared} == {50}
    assert many.total() < 5 * few.total()
