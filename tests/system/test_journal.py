import contextlib
import multiprocessing

import pytest

from storyforge.system.journal import Journal, JournalError


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "data" / "orders.db")


def test_other_projects_are_summed_up_and_ones_own_is_not(journal, tmp_path):
    mine, other = tmp_path / "mine", tmp_path / "other"
    with journal.hold() as held:
        held.copy_orders(mine, [(1, 100.0, 5.0)])
        held.copy_orders(other, [(1, 100.0, 0.4), (2, 200.0, 0.5), (3, 200.0, None)])
    with journal.hold() as held:
        assert held.sum_others(mine, 0.0) == pytest.approx(0.9)
        assert held.sum_others(mine, 150.0) == 0.5
        assert held.sum_others(other, 0.0) == 5.0
        held.copy_orders(other, [(2, 200.0, 0.7)])
        assert held.sum_others(mine, 0.0) == 0.7


def test_what_a_block_wrote_that_failed_is_taken_back(journal, tmp_path):
    with contextlib.suppress(KeyError), journal.hold() as held:
        held.copy_orders(tmp_path, [(1, 100.0, 5.0)])
        raise KeyError
    with journal.hold() as held:
        assert held.sum_others(tmp_path / "other", 0.0) == 0.0


def add_one(journal, store):
    with journal.hold() as held:
        count = round(held.sum_others(store, 0.0))
        held.copy_orders(store.parent, [(1, 1.0, count + 1.0)])


def test_processes_hold_it_one_after_another(journal, tmp_path):
    context = multiprocessing.get_context("spawn")
    others = [context.Process(target=add_one, args=(journal, tmp_path / "all" / str(number))) for number in range(4)]
    for other in others:
        other.start()
    for other in others:
        other.join()
    with journal.hold() as held:
        assert held.sum_others(tmp_path, 0.0) == 4.0


def test_a_file_that_is_no_journal_is_named(journal):
    journal._path.parent.mkdir()
    journal._path.write_text("no database, but long enough to be looked at as one " * 20, encoding="utf-8")
    with pytest.raises(JournalError, match="cannot be read") as caught, journal.hold():
        pass
    assert str(journal._path) in caught.value.hint
