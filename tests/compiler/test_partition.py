"""Where clips end: of all cuts the cheapest, in one run and in runs that continue each other."""

from itertools import combinations, product
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storyforge.compiler.partition import Cut, add_costs, best_cut, partition_runs
from storyforge.model.capabilities import Limits

LIMITS = Limits(max_references=4)


def cost(lengths, ends, paid=(), later=()):
    bounds = list(zip([0, *ends[:-1]], ends, strict=True))
    seconds = {(start, end): max(ceil(sum(lengths[start:end]) / 1000), LIMITS.min_seconds) for start, end in bounds}
    bill = sum(length for bound, length in seconds.items() if bound not in paid)
    own = (bill, len(seconds), sum(length**2 for length in seconds.values()))
    return tuple(map(sum, zip(own, later[bounds[-1][0]] if later else (0, 0, 0), strict=True)))


def allowed(lengths, pictures, forbidden, start, end):
    if end - start == 1:
        return (start, end) not in forbidden
    return (
        sum(lengths[start:end]) <= LIMITS.max_seconds * 1000
        and len(frozenset().union(*pictures[start:end])) <= LIMITS.max_references
        and (start, end) not in forbidden
    )


def cheapest_of_all(lengths, pictures, forbidden, paid, later):
    count = len(lengths)
    cuts = [[*inner, count] for size in range(count) for inner in combinations(range(1, count), size)]
    fitting = [
        ends
        for ends in cuts
        if all(
            allowed(lengths, pictures, forbidden, start, end) for start, end in zip([0, *ends[:-1]], ends, strict=True)
        )
    ]
    return min(cost(lengths, ends, paid, later) for ends in fitting)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_cut_is_cheaper_than_the_one_that_is_chosen(data):
    count = data.draw(st.integers(1, 9))
    lengths = data.draw(st.lists(st.integers(5, 150).map(lambda n: n * 100), min_size=count, max_size=count))
    faces = st.frozensets(st.sampled_from("abcdef"), max_size=4)
    pictures = data.draw(st.lists(faces, min_size=count, max_size=count))
    pairs = [(a, b) for a in range(count) for b in range(a + 1, count + 1)]
    forbidden = {(a, b) for a, b in data.draw(st.sets(st.sampled_from(pairs), max_size=8)) if b - a > 1}
    paid = data.draw(st.sets(st.sampled_from(pairs), max_size=6))
    costs = st.tuples(st.integers(0, 20), st.integers(0, 3), st.integers(0, 99))
    later = data.draw(st.lists(costs, min_size=count, max_size=count))
    least, ends = best_cut(lengths, pictures, LIMITS, forbidden, paid, lambda begin: later[begin])
    assert ends[-1] == count
    assert least == cost(lengths, ends, paid, later) == cheapest_of_all(lengths, pictures, forbidden, paid, later)


class Table:
    """A run whose cost, in seconds, is written down for what is kept before it and what its last clip keeps."""

    def __init__(self, seconds):
        self.seconds = seconds

    def endings(self, before):
        return {kept for _, kept in self.seconds}

    def cut(self, before, later):
        costs = {kept: add_costs((self.seconds[before, kept], 1, 9), later(kept)) for kept in self.endings(before)}
        kept = min(costs, key=costs.get)
        return Cut(costs[kept], (before, kept), kept)


def total(runs, before, endings):
    befores = [None if one is None else endings[one] for one in before]
    return sum(run.seconds[pair] for run, pair in zip(runs, zip(befores, endings, strict=True), strict=True))


PAIRS = [(before, kept) for before in (None, "x") for kept in (None, "x")]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_runs_that_continue_each_other_are_cut_as_costs_least_all_in_all(data):
    seconds = st.fixed_dictionaries(dict.fromkeys(PAIRS, st.integers(0, 9)))
    runs = [Table(table) for table in data.draw(st.lists(seconds, min_size=1, max_size=6))]
    names = data.draw(st.permutations(range(len(runs))))
    before = [None] * len(runs)
    for number, name in enumerate(names):
        before[name] = data.draw(st.sampled_from([None, *names[:number]]))
    cuts = partition_runs(runs, before)
    endings = [cut.kept for cut in cuts]
    assert [cut.clips[0] for cut in cuts] == [None if one is None else endings[one] for one in before]
    assert total(runs, before, endings) == min(
        total(runs, before, others) for others in product((None, "x"), repeat=len(runs))
    )


def test_a_cut_is_right_however_many_runs_continue_one_another():
    runs = [Table({(None, None): 1, (None, "x"): 2, ("x", None): 0, ("x", "x"): 0})] * 3000
    ends = {**runs[0].seconds, ("x", None): -9999}
    whole = partition_runs([*runs, Table(ends)], [None, *range(3000)])
    assert [cut.kept for cut in whole] == ["x"] * 3000 + [None]


def test_runs_in_a_circle_are_cut_all_the_same():
    runs = [Table(dict.fromkeys(PAIRS, 1))] * 4
    assert len(partition_runs(runs, [1, 2, 0, 0])) == 4
    assert len(partition_runs(runs[:1], [0])) == 1
