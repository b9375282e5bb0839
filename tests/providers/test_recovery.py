"""The table of what is done about an order whose answer was lost, as a whole; and what is put into it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from storyforge.model.messages import ListedJob, Listing, Recovery, Trace
from storyforge.providers.recovery import (
    ID_MARGIN,
    SETTLED,
    SKEW,
    TABLE,
    all_cases,
    choose_step,
    find_means,
    is_id_known,
    measure_age,
    read_clock,
    read_reach,
    search_listing,
)

DAY = 86_400.0
NOON = 1_795_262_400.0
PAGE = Path(__file__).parents[2] / "docs/guides/hosts.md"


def expected_step(means: str, look: str, clock: str, reach: str) -> str:
    """The rules in other words than the table's."""
    if look == "found":
        return "attach"
    if means == "same id":
        return "send again"
    if means == "nothing" or look == "in doubt":
        return "unresolved"
    if look == "not asked" or clock == "early":
        return "wait"
    return "absent" if clock == "late" and reach == "older" else "unresolved"


@pytest.mark.parametrize("case", list(all_cases()), ids=", ".join)
def test_every_case_has_the_step_that_its_rules_say(case: tuple[str, str, str, str]) -> None:
    assert choose_step(*case) == expected_step(*case)  # type: ignore[arg-type]  # words of the table


def test_the_table_is_whole_and_no_row_of_it_is_idle() -> None:
    steps = Counter(choose_step(*case) for case in all_cases())
    assert sum(steps.values()) == 3 * 4 * 3 * 2
    assert set(steps) == {row[4] for row in TABLE}
    for number in range(len(TABLE)):
        reached = [
            case
            for case in all_cases()
            if next(n for n, row in enumerate(TABLE) if all(a in ("any", b) for a, b in zip(row, case, strict=False)))
            == number
        ]
        assert reached, TABLE[number]


def test_nothing_is_ordered_a_second_time_but_under_an_id_that_its_host_still_knows() -> None:
    """The one thing that must hold whatever the table becomes."""
    for case in all_cases():
        if choose_step(*case) == "send again":
            assert case[0] == "same id"
        if choose_step(*case) == "absent":
            assert case == ("list", "not in it", "late", "older")


def test_the_page_has_the_table() -> None:
    rows = [" | ".join(row).join(("| ", " |")) for row in TABLE]
    assert "\n".join(rows) in PAGE.read_text(encoding="utf-8")


# ages and ids


@pytest.mark.parametrize(
    ("planned", "now", "before", "date", "age"),
    [
        (NOON, NOON + 9, None, None, 9.0),
        (NOON, NOON + 9, None, NOON + 9, 9.0),
        (NOON, NOON - 1, None, NOON + 9, None),  # our clock was ahead, or was set back
        (NOON, NOON + 9, None, NOON + 55 * 3600, 55 * 3600.0),  # it was set back after the order
        (NOON, NOON + 9, NOON + 3600, NOON + 3609, 9.0),  # the host's clock is an hour ahead of ours
        (NOON, NOON + 9, None, NOON - 3600, 9.0),
        (NOON, NOON + 55 * 3600, NOON, NOON + 9, 55 * 3600.0),
    ],
)
def test_an_order_is_as_old_as_the_older_of_two_clocks_says(planned, now, before, date, age) -> None:  # type: ignore[no-untyped-def]
    assert measure_age(planned, now, Trace(before=before), date) == age


def test_an_id_is_forgotten_some_time_before_its_stated_life_is_over() -> None:
    assert is_id_known(DAY, 0.0)
    assert is_id_known(DAY, DAY - ID_MARGIN - 1)
    assert not is_id_known(DAY, DAY - ID_MARGIN)
    assert not is_id_known(DAY, None)
    assert not is_id_known(None, 0.0)


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("age", [None, 0.0, 2 * DAY])
def test_what_a_host_can_be_asked(own: bool, age: float | None) -> None:
    assert find_means(Recovery.FIND, None, age, own) == "list"
    assert find_means(Recovery.ASK, None, age, own) == "nothing"
    assert find_means(Recovery.SAME, DAY, age, own) == ("same id" if own and age == 0.0 else "nothing")


# clocks and reach


@pytest.mark.parametrize(
    ("after", "date", "clock"),
    [
        (NOON, NOON, "early"),
        (NOON, NOON + SETTLED - 1, "early"),
        (NOON, NOON + SETTLED, "late"),
        (NOON, NOON - SKEW, "early"),  # another machine of the same host
        (NOON, NOON - 3600, "untold"),
        (None, NOON, "untold"),
        (NOON, None, "untold"),
    ],
)
def test_time_since_the_sending_is_told_by_the_hosts_clock_alone(after, date, clock) -> None:  # type: ignore[no-untyped-def]
    assert read_clock(Trace(after=after), date) == clock


def job(name: str, body: object = None, created: float | None = None) -> ListedJob:
    return ListedJob(name, body, created)


@pytest.mark.parametrize(
    ("trace", "jobs", "reach"),
    [
        (Trace(), (), "none older"),
        (Trace(before=NOON), (job("a", created=NOON - SKEW),), "older"),
        (Trace(before=NOON), (job("a", created=NOON),), "none older"),
        (Trace(before=NOON), (job("a"),), "none older"),
        (Trace(), (job("a", created=NOON - 3600),), "none older"),
        (Trace(witness="a"), (job("b"), job("a")), "older"),
        (Trace(witness="a"), (job("b"),), "none older"),
    ],
)
def test_a_list_reaches_back_where_it_shows_a_job_from_before(trace, jobs, reach) -> None:  # type: ignore[no-untyped-def]
    assert read_reach(trace, Listing(jobs)) == reach


# the search

OURS = {"prompt": "Rain.", "seed": 7, "images": ["u1"]}


def test_the_oldest_job_of_the_whole_body_is_found_that_no_other_order_has() -> None:
    listing = Listing((job("c", OURS, NOON + 9), job("b", {**OURS, "mode": "std"}, NOON + 5), job("a", OURS, NOON)))
    found = [search_listing(listing, OURS, taken, Trace()).job_id for taken in ((), ("a",), ("a", "b"))]
    assert found == ["a", "b", "c"]
    assert search_listing(listing, OURS, ("a", "b", "c"), Trace()).look == "not in it"


def test_a_job_is_found_in_a_list_with_a_fault_too_but_not_missed_in_one() -> None:
    faulty = Listing((job("a", OURS),), "HTTP 500")
    assert search_listing(faulty, OURS, (), Trace()).look == "found"
    seen = search_listing(faulty, {**OURS, "prompt": "Sun."}, (), Trace())
    assert (seen.look, seen.words) == ("in doubt", "its list of jobs cannot be relied on: HTTP 500")


@pytest.mark.parametrize("change", [{"seed": 7.5}, {"images": ["u2"]}, {"seed": "7"}])
def test_a_job_with_the_same_words_in_another_form_is_a_doubt_unless_it_is_older(change: dict[str, object]) -> None:
    """A host may show a body otherwise than it was sent, so what is nearly ours may be ours."""
    like = job("a", json.loads(json.dumps({**OURS, **change})), NOON)
    assert search_listing(Listing((like,)), OURS, (), Trace()).look == "in doubt"
    assert search_listing(Listing((like,)), OURS, ("a",), Trace()).look == "not in it"
    assert search_listing(Listing((like,)), OURS, (), Trace(before=NOON + 60)).look == "not in it"


def test_what_else_speaks_against_it_is_a_doubt_and_so_is_an_order_whose_bytes_are_gone() -> None:
    assert search_listing(Listing(), OURS, (), Trace(), "another order").words == "another order"
    assert search_listing(Listing((job("a", OURS),)), None, (), Trace()).look == "in doubt"
