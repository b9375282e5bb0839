from storyforge.model.messages import Answer, Note, Refused, Request, Wait
from storyforge.providers.asking import MOST_NOTES, MOST_PAGES, TRIES, Unseen, ask, follow, leaf, unknown_word

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


def test_a_list_that_never_ends_is_left() -> None:
    pages = [Answer(200, {}, f'[{{"id": "{number}"}}]'.encode()) for number in range(MOST_PAGES + 5)]
    steps, found = play(leaf(lambda count, last: POLL, lambda said: said), pages)
    assert len(found) == len(steps) == MOST_PAGES
