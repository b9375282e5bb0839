"""Takes are listed, chosen and accepted by a Python caller; each choice says what it changes."""

from __future__ import annotations

import pytest
from projects import Faked, edited, project

from storyforge.model.errors import StoryForgeError, UsageError
from storyforge.planning.choices import accept_takes, check_sound, read_takes, use_take, withdraw_takes
from storyforge.system.lock import lock_path, read_lock


@pytest.fixture
def film(tmp_path):
    return Faked(project(tmp_path))


def test_takes_are_listed_with_the_files_of_those_that_are_here(film):
    film.further("call", 2)
    wait, call, boat = read_takes(film.compiled())
    assert [one.planned.clip.id for one in (wait, call, boat)] == ["wait", "call", "boat"]
    assert [take.number for take in call.takes] == [1, 2]
    assert all(take.path and take.path.is_file() for take in call.takes)
    film.store.take(call.takes[1].sha256).unlink()
    (only,) = read_takes(film.compiled(), "call")
    assert [take.path for take in only.takes] == [call.takes[0].path, None]
    with pytest.raises(UsageError, match="`cal` is no clip"):
        read_takes(film.compiled(), "cal")


def test_a_take_is_chosen_by_its_number_and_by_how_its_id_begins(film):
    second = film.further("call", 2)
    choice = use_take(film.compiled(), "call", "2", film.compiled)
    assert (choice.named, choice.missing, choice.blocks["call"].take) == (("call",), (), second)
    assert [one.clip.id for one in choice.followers] == ["boat"]  # it continues another take now
    assert read_lock(lock_path(film.path))[0].blocks["call"].number == 2
    first = read_takes(film.compiled(), "call")[0].takes[0].sha256
    assert use_take(film.compiled(), "call", first[:10], film.compiled).blocks["call"].take == first


def test_a_choice_of_a_take_that_is_not_here_says_so(film):
    second = film.further("wait", 2)
    use_take(film.compiled(), "wait", "2", film.compiled)
    film.store.take(second).unlink()
    assert use_take(film.compiled(), "wait", second[:8], film.compiled).missing == ("wait",)


@pytest.mark.parametrize(("name", "message"), [("9", "has no take `9`"), ("abc", "has no take `abc`")])
def test_a_name_that_means_no_take_is_a_usage_error(film, name, message):
    with pytest.raises(UsageError, match=message) as caught:
        use_take(film.compiled(), "call", name, film.compiled)
    assert caught.value.hint == f"`storyforge takes {film.path} call` lists them"


def test_what_changed_words_made_stale_is_accepted_and_given_back(film):
    edited(film.path, "looks over", "looks at")
    choice = accept_takes(film.compiled(), ["wait"], film.compiled)
    assert list(choice.blocks) == ["wait"]
    assert choice.blocks["wait"].although == "action changed"
    assert film.compiled().lock.blocks["wait"].accepted
    assert accept_takes(film.compiled(), ["call"], film.compiled).cached == ("call",)
    withdrawn = withdraw_takes(film.compiled(), [], film.compiled)
    assert withdrawn.withdrawn == ("wait",)
    assert [one.clip.id for one in withdrawn.followers] == ["wait"]


def test_all_that_can_be_accepted_is_where_no_clip_is_named(film):
    edited(film.path, "looks over", "looks at")
    edited(film.path, "Take it.", "Have it.")
    assert set(accept_takes(film.compiled(), [], film.compiled).blocks) == {"wait", "call"}


def test_a_clip_without_a_take_is_refused_by_name(tmp_path):
    film = Faked(project(tmp_path))
    film.lock(type(film.compiled().lock)({}))
    edited(film.path, "looks over", "looks at")
    with pytest.raises(UsageError, match="`wait` cannot be accepted: no take of it was chosen yet"):
        accept_takes(film.compiled(), ["wait"], film.compiled)


def test_a_storyboard_with_errors_is_left_alone(film):
    edited(film.path, "@ana looks", "@anna looks")
    before = lock_path(film.path).read_bytes()
    for change in (accept_takes, withdraw_takes):
        with pytest.raises(StoryForgeError, match=r"ferry\.story\.yaml has errors; nothing was changed"):
            change(film.compiled(), ["wait"], film.compiled)
    assert lock_path(film.path).read_bytes() == before
    assert check_sound(film.compiled(), "unknown-character")
