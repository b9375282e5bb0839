import json

import pytest

from storyforge.model.messages import Answer, Filmless, ListedJob, Note, Refused, Request, Wait
from storyforge.providers.asking import (
    CHANGED,
    MOST_NOTES,
    MOST_PAGES,
    READINGS,
    TRIES,
    Pages,
    Unseen,
    ask,
    follow,
    read_list,
    unknown_word,
)

from .talk import play

POLL = Request("GET", "https://host.example/jobs/1")
OK = Answer(200, {}, b"{}")


def test_what_costs_nothing_is_asked_a_few_times_with_growing_waits() -> None:
    steps, end = play(ask(POLL), [Answer(503, {}, b"")] * TRIES)
    assert [step.seconds for step in steps if isinstance(step, Wait)] == [1.0, 2.0, 4.0]
    assert end.status == 503
    assert play(ask(POLL), [Answer(429, {}, b""), OK])[1] == OK
    assert play(ask(POLL), [Answer(400, {}, b"")])[0] == [POLL]


def test_waiting_for_a_missing_job_begins_anew_when_it_is_seen() -> None:
    seen = iter([Unseen("x")] * 2 + [Wait(1.0)] + [Unseen("x")] * 2 + ["done"])
    assert play(follow(POLL, lambda said: next(seen), 1.0, unseen=3), [OK] * 9)[1] == "done"


def test_an_answer_without_meaning_is_not_counted_either_way() -> None:
    seen = iter([Unseen("x"), Unseen("x"), None, Unseen("gone")])
    assert play(follow(POLL, lambda said: next(seen), 1.0, unseen=3), [OK] * 9)[1] == Unseen("gone")


def test_notes_come_once_and_never_without_end() -> None:
    words = iter([Note(f"{number}") for number in (1, 1, 2, 3, 4, 5, 6, 7, 1)] + [Refused("fault", "x")])
    steps, _ = play(follow(POLL, lambda said: next(words), 1.0), [OK] * 20)
    notes = [step.text for step in steps if isinstance(step, Note)]
    assert notes == ["1", "2", "3", "4", "5"]
    assert len(notes) == MOST_NOTES


def test_a_job_moves_once() -> None:
    there, further = Request("GET", "https://host.example/a"), Request("GET", "https://host.example/b")
    seen = iter([there, further, Wait(1.0), "done"])
    steps, end = play(follow(POLL, lambda said: next(seen), 1.0), [OK] * 9)
    assert [step for step in steps if isinstance(step, Request)] == [POLL, there, there, there]
    assert end == "done"


def test_a_word_is_shown_in_one_line() -> None:
    assert "\n" not in unknown_word("Host", "a\nb" * 100).text


def test_what_is_not_seen_has_failed_only_where_its_host_does_not_call_it_done() -> None:
    assert Unseen("gone").ended == Refused("fault", "gone")
    assert Unseen("no film", {"status": "done"}).ended == Filmless("no film", {"status": "done"})


# lists


def page_of(*names: object, total: int | None = None, date: str = "") -> Answer:
    """A page of a list, in which jobs are names."""
    return Answer(200, {"date": date}, json.dumps({"jobs": list(names), "total": total}).encode())


def read_pages(*answers: Answer) -> tuple[list[object], object]:
    """A list that ends with an empty page."""
    pages = Pages(
        lambda count, last: POLL if not count or last["jobs"] else None,
        lambda said: said.get("jobs") if isinstance(said, dict) else None,
        lambda name: ListedJob(name, {}, None) if isinstance(name, str) else None,
        lambda said: said["total"],
    )
    steps, listing = play(read_list(pages), list(answers))
    return steps, listing


def test_a_list_is_read_to_its_end_with_the_hosts_own_time_at_its_beginning() -> None:
    noon, later = "Sat, 21 Nov 2026 12:00:00 GMT", "Sat, 21 Nov 2026 12:00:09 GMT"
    _, listing = read_pages(page_of("b", "a", date=noon), page_of("a", "0", date=later), page_of())
    assert [job.job_id for job in listing.jobs] == ["b", "a", "0"]
    assert (listing.fault, listing.date, listing.key_refused) == (None, 1_795_262_400.0, False)
    assert read_pages(page_of())[1].date is None


def test_a_list_that_never_ends_is_left() -> None:
    steps, listing = read_pages(*(page_of(f"{number}") for number in range(MOST_PAGES + 5)))
    assert len(listing.jobs) == len(steps) == MOST_PAGES
    assert listing.fault == f"it has more than {MOST_PAGES} pages"


def test_a_list_that_does_not_come_to_its_own_count_is_read_again_and_then_has_a_fault() -> None:
    steps, listing = read_pages(*[page_of("b", total=2), page_of(total=2)] * READINGS)
    assert (len(steps), listing.fault) == (2 * READINGS, CHANGED)
    assert [job.job_id for job in listing.jobs] == ["b"]
    _, listing = read_pages(page_of("b", total=2), page_of(total=2), page_of("b", total=1), page_of(total=1))
    assert listing.fault is None


@pytest.mark.parametrize(
    ("answers", "fault", "refused"),
    [
        ([Answer(500, {}, b"{}")] * TRIES, "HTTP 500", False),
        ([Answer(404, {}, b"")], "HTTP 404", False),
        ([Answer(403, {}, b'{"message": "no"}')], "no", True),
        ([Answer(401, {}, b"")], "HTTP 401", True),
        ([Answer(200, {}, b"<html>")], "it has another shape", False),
        ([Answer(200, {}, b'{"message": "success", "list": []}')], "it has another shape", False),
        ([Answer(204, {}, b"")], "it has another shape", False),
        ([page_of("b"), Answer(502, {}, b"<html>"), *[Answer(502, {}, b"")] * 3], "HTTP 502", False),
        ([page_of("b"), page_of("b")], "one page of it repeats the one before", False),
        ([page_of("b", 7), page_of()], "a job in it has no id, or does not show what was ordered", False),
    ],
)
def test_a_list_with_a_fault_says_so(answers: list[Answer], fault: str, refused: bool) -> None:
    _, listing = read_pages(*answers)
    assert (listing.fault, listing.key_refused) == (fault, refused)
