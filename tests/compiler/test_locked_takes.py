"""What the lock has paid for: found again whatever was renamed, and never taken for what is written otherwise."""

from dataclasses import replace

import pytest
from boards import board, everywhere, pack_shots, picture_of
from hypothesis import example, given, settings
from hypothesis import strategies as st
from projects import Faked, edited, project

from storyforge.compiler.compile import compile_file
from storyforge.compiler.locked_takes import LockedTakes
from storyforge.planning.film_plan import plan_film
from storyforge.planning.lock_update import keep_lock
from storyforge.system.lock import Block, Lock, lock_path, part_digests, read_lock, write_lock


def shot(name, action, **fields):
    written = {"id": name, "scene": "pier", "action": f'"{action}"', "seconds": 5, **fields}
    return "  - " + "\n    ".join(f"{key}: {value}" for key, value in written.items()) + "\n"


SHOTS = "".join(
    shot(f"s{number}", f"@ana and @bo {do}.")
    for number, do in enumerate(
        (
            "tie the boat",
            "count the nets",
            "light the lamp",
            "read the sky",
            "open the shed",
            "find a letter",
            "wait for the tide",
            "call over the water",
            "hear an answer",
        ),
        1,
    )
)
"""Three clips of three shots, 15 s each."""

GULL = shot("gull", "@ana and @bo watch a gull.")
"""With this before them the ten would be cut otherwise: 10, 10, 15 and 15 s."""

KEPT = {"gull": 1, "s1": 3, "s4": 3, "s7": 3}


def lock_of(compiled, **more):
    """The lock of a film whose clips were all rendered; `more` by the clip's id, of what else its block says."""
    blocks = {}
    for one in compiled.planned:
        given = {"seed": one.job.seed, "parts": part_digests(one.fields), **more.get(one.clip.id, {})}
        blocks[one.clip.id] = Block(
            one.job.fingerprint, "0" * 64, one.clip.provider, "some model", one.clip.seconds, **given
        )
    return Lock(blocks)


def rendered(path, **more):
    lock = lock_of(compile_file(path), **more)
    write_lock(lock_path(path), lock)
    return lock


def cut(compiled):
    return {one.clip.id: len(one.clip.shots) for one in compiled.planned}


def to_render(compiled):
    return [one.clip.id for one in compiled.planned if one.block is None]


@pytest.fixture
def path(tmp_path):
    """A film that was rendered, into which a shot was put that was rendered too."""
    path = project(tmp_path, SHOTS)
    rendered(path)
    edited(path, "shots:\n", f"shots:\n{GULL}")
    return path


def test_a_shot_put_in_early_renders_itself_alone(path):
    compiled = compile_file(path)
    assert cut(compiled) == KEPT
    assert to_render(compiled) == ["gull"]
    assert compiled.planned[1].clip.why == "this cut keeps the take of `s1`"


def test_without_the_lock_it_would_move_every_boundary_that_is_cheaper_elsewhere(path):
    lock_path(path).rename(path.parent / "elsewhere")
    assert cut(compile_file(path)) == {"gull": 2, "s2": 2, "s4": 3, "s7": 3}


def test_repacking_packs_as_if_there_were_no_lock_and_keeps_what_stays(path):
    compiled = compile_file(path, repack=True)
    assert cut(compiled) == {"gull": 2, "s2": 2, "s4": 3, "s7": 3}
    assert to_render(compiled) == ["gull", "s2"]


def test_after_a_render_there_is_nothing_to_render(path):
    rendered(path)
    compiled = compile_file(path)
    assert (cut(compiled), to_render(compiled)) == (KEPT, [])


SHOT_IDS = [("id: s", "id: view-"), ("id: gull", "id: bird")]
CHARACTER = [("@bo", "@pip"), ("  bo:", "  pip:")]
SPACES = [('"@ana ', '"@ana   ')]
RENAMES = {
    "shots": SHOT_IDS,
    "a character": CHARACTER,
    "both": SHOT_IDS + CHARACTER,
    "a scene": [("scene: pier", "scene: quay"), ("  pier:", "  quay:")],
    "the way that actions are written": SPACES,
    "that and the shots": SPACES + SHOT_IDS,
    "the title, and notes": [("title: The Ferry", "title: A Tide"), ("seconds: 5", "seconds: 5\n    notes: lovely")],
}


@pytest.mark.parametrize("edits", RENAMES.values(), ids=RENAMES)
def test_what_renders_nothing_moves_no_boundary(path, edits):
    rendered(path)
    text = path.read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    compiled = compile_file(path)
    assert (list(cut(compiled).values()), to_render(compiled)) == (list(KEPT.values()), [])


def test_nothing_is_kept_of_what_is_written_otherwise(path):
    rendered(path)
    edited(path, "title: The Ferry\n", "title: The Ferry\nstyle: ink on paper\n")
    assert cut(compile_file(path)) == {"gull": 2, "s2": 2, "s4": 3, "s7": 3}


def test_an_edit_within_a_clip_leaves_the_boundaries_around_it(path):
    rendered(path)
    edited(path, "tie the boat", "untie the boat")
    assert (cut(compile_file(path)), to_render(compile_file(path))) == (KEPT, ["s1"])
    edited(path, "read the sky", "read the clouds")
    assert (cut(compile_file(path)), to_render(compile_file(path))) == (KEPT, ["s1", "s4"])


def test_another_take_is_as_good_as_the_first(path):
    rendered(path, **{clip: {"rendered": "e" * 64, "seed": 99, "number": 2} for clip in KEPT})
    assert (cut(compile_file(path)), to_render(compile_file(path))) == (KEPT, [])


@pytest.mark.parametrize("renamed", [False, True])
def test_what_was_accepted_is_kept_under_whatever_name(path, renamed):
    lock = rendered(path)
    edited(path, "watch a gull", "watch a seagull")
    if renamed:
        edited(path, "id: gull", "id: bird")
    now = next(one for one in compile_file(path).planned if len(one.clip.shots) == 1)
    gull = replace(lock.blocks["gull"], accepted=now.job.fingerprint)
    write_lock(lock_path(path), Lock({**lock.blocks, "gull": gull}))
    compiled = compile_file(path)
    assert (list(cut(compiled).values()), to_render(compiled)) == (list(KEPT.values()), [])


def test_what_was_accepted_is_kept_although_its_shots_are_others(path):
    lock = rendered(path)
    edited(path, "and @bo watch a gull", "watches a gull")
    edited(
        path, "seconds: 5\n  - id: s1", "seconds: 2\n" + shot("look", "@bo watches it too.", seconds=3) + "  - id: s1"
    )
    edited(path, "  - id: s1", "  - clip: new\n    id: s1")
    now = compile_file(path).planned[0]
    assert [shot.id for shot in now.clip.shots] == ["gull", "look"]
    edited(path, "  - clip: new\n    id: s1", "  - id: s1")
    gull = replace(lock.blocks["gull"], accepted=now.job.fingerprint)
    write_lock(lock_path(path), Lock({"gull": gull}))
    assert cut(compile_file(path)) == {"gull": 2, "s1": 3, "s4": 3, "s7": 3}


def test_a_block_that_says_nothing_of_its_parts_is_known_by_its_name(path):
    lock = rendered(path)
    bare = {clip: replace(block, parts={}) for clip, block in lock.blocks.items()}
    write_lock(lock_path(path), Lock(bare))
    assert (cut(compile_file(path)), to_render(compile_file(path))) == (KEPT, [])


CHAIN = SHOTS + "".join(
    (
        shot("night", "@ana and @bo sleep.", seconds=20, continues="s9"),
        shot("dawn", "@bo wakes her.", continues="night"),
        shot("boat", "The boat leaves."),
        shot("sea", "Rain falls on the sea."),
    )
)


FOLLOWED = {"night": "s7", "night.2": "night", "dawn": "night.2"}


@pytest.fixture
def chained(tmp_path):
    path = project(tmp_path, CHAIN)
    rendered(path)
    return path


def test_clips_that_continue_others_are_kept_with_them(chained):
    edited(chained, "shots:\n", f"shots:\n{GULL}")
    compiled = compile_file(chained)
    assert cut(compiled) == {**KEPT, "night": 1, "night.2": 1, "dawn": 3}
    assert to_render(compiled) == ["gull"]
    followed = {one.clip.id: one.job.first_frame for one in compiled.planned if one.clip.after}
    assert followed == {name: f"sf:last-frame:{before}" for name, before in FOLLOWED.items()}


def test_nothing_is_kept_behind_a_clip_that_is_rendered_anew(chained):
    edited(chained, "hear an answer", "hear a laugh")
    edited(chained, "shots:\n", f"shots:\n{GULL}")
    assert to_render(compile_file(chained)) == ["gull", "s7", "night", "night.2", "dawn"]


def test_a_clip_that_continues_is_kept_with_the_take_that_is_played(chained):
    lock = rendered(chained)
    other = replace(lock.blocks["s7"], rendered="e" * 64, number=2)
    write_lock(lock_path(chained), Lock({**lock.blocks, "s7": other}))
    assert to_render(compile_file(chained)) == ["night", "night.2", "dawn"]
    rendered(chained, s7={"rendered": "e" * 64, "number": 2})
    assert to_render(compile_file(chained)) == []


def test_a_cheaper_packing_is_told_where_there_is_one(tmp_path):
    bells = [shot(f"s{number}", f"Bell {number} rings.", seconds=4.5) for number in range(1, 5)]
    path = project(tmp_path, "".join(bells))
    text = path.read_text(encoding="utf-8")
    edited(path, "id: s2", "id: s2\n    clip: new")
    edited(path, "id: s4", "id: s4\n    clip: new")
    rendered(path)
    assert compile_file(path).repacked == ()
    path.write_text(text, encoding="utf-8")
    compiled = compile_file(path)
    assert to_render(compiled) == []
    assert {one.clip.id: one.clip.seconds for one in compiled.planned} == {"s1": 5, "s2": 9, "s4": 5}
    assert {one.clip.id: one.clip.seconds for one in compiled.repacked} == {"s1": 9, "s3": 9}
    assert compile_file(path, repack=True).repacked == ()


def test_a_packing_that_is_only_more_even_is_none_to_tell(path):
    assert cut(compile_file(path)) == KEPT
    assert compile_file(path).repacked == ()


def test_only_what_may_be_paid_for_is_looked_at():
    shots = [{"id": f"s{number}", "seconds": 5, "action": f"Bell {number} rings."} for number in range(1, 7)]
    made = board(*shots)
    (first, _) = clips = pack_shots(made, everywhere(), picture_of, lambda clip: 0)
    asked = []

    def takes(**fields):
        digests = part_digests({f"shots.{number}.action": shot.action for number, shot in enumerate(first.shots)})
        block = Block("f" * 64, "0" * 64, "offline", "model", 15, **{"seed": first.seed, "parts": digests, **fields})
        return LockedTakes(Lock({"s1": block}), made.shots, lambda clip, before: asked.append(clip.id) or block.slate)

    assert [takes().may(clip.shots) for clip in clips] == [True, False]
    assert not takes().may(first.shots[:2])
    assert takes().find_slate(first, None) == "f" * 64
    assert takes(rendered="d" * 64).find_slate(first, None) == "d" * 64
    assert takes(seed=7).find_slate(first, None) is None
    assert takes(seed=7, accepted="e" * 64).find_slate(first, None) == "f" * 64
    assert asked == ["s1", "s1", "s1"]


def test_a_lock_that_was_read_back_keeps_the_same(path):
    lock = rendered(path)
    assert read_lock(lock_path(path)) == (lock, [])


def undone(film, edit):
    """What is stale once an edit was rendered and taken back."""
    written = film.path.read_bytes()
    edit()
    film.render()
    assert film.stale() == set()
    film.path.write_bytes(written)
    return film.stale()


def test_what_was_there_before_an_edit_costs_nothing_when_it_is_taken_back(tmp_path):
    film = Faked(project(tmp_path, SHOTS))
    edits = [
        lambda: edited(film.path, "shots:\n", f"shots:\n{GULL}"),
        lambda: edited(film.path, SHOTS[: SHOTS.index("  - id: s2")], ""),
        lambda: edited(film.path, 'nets."\n    seconds: 5', 'nets."\n    seconds: 9'),
        lambda: edited(film.path, 'lamp."\n    seconds: 5', 'lamp."\n    seconds: 5\n    seed: 4'),
        lambda: edited(film.path, 'nets."\n    seconds: 5', 'nets."\n    seconds: 31'),
    ]
    assert [undone(film, edit) for edit in edits] == [set()] * 5


def test_an_edit_may_be_taken_back_and_done_again(tmp_path):
    film = Faked(project(tmp_path, SHOTS))
    written = film.path.read_bytes()
    edited(film.path, 'nets."\n    seconds: 5', 'nets."\n    seconds: 9')
    film.render()
    longer = film.path.read_bytes()
    for text in (written, longer, written, longer):
        film.path.write_bytes(text)
        assert film.stale() == set()
        film.render()


def test_the_lock_holds_each_take_under_one_name(tmp_path):
    film = Faked(project(tmp_path, SHOTS))
    text = film.path.read_text(encoding="utf-8")
    film.path.write_text(text.replace("id: s", "id: view-"), encoding="utf-8")
    film.render()
    assert list(film.compiled().lock.blocks) == list(cut(film.compiled()))


def packed_anew(film):
    """Fakes what `render --repack` does."""
    compiled = compile_file(film.path, film.provider, repack=True)
    for one in compiled.planned:
        film.take(one.job.fingerprint, one.job.slate)
    keep_lock(plan_film(compiled))
    return cut(compiled)


def test_a_film_that_was_packed_anew_stays_so(tmp_path):
    bells = [
        shot(f"s{number}", f"Bell {number} rings.", seconds=length) for number, length in enumerate((7, 4.5, 4.5, 7))
    ]
    film = Faked(project(tmp_path, "".join(bells[:2]) + bells[2].replace("id:", "clip: new\n    id:") + bells[3]))
    film.path.write_text(film.path.read_text(encoding="utf-8").replace("clip: new\n    ", ""), encoding="utf-8")
    assert (cut(film.compiled()), film.stale()) == ({"s0": 2, "s2": 2}, set())
    assert packed_anew(film) == {"s0": 1, "s1": 2, "s3": 1}  # a second less, in one clip more
    assert (cut(film.compiled()), film.stale()) == ({"s0": 1, "s1": 2, "s3": 1}, set())
    blocks = film.compiled().lock.blocks
    assert {name: block.former for name, block in blocks.items()} == {"s0": None, "s1": None, "s3": None}


def test_an_animatic_puts_nothing_out_of_the_lock_that_was_paid_for(tmp_path):
    film = Faked(project(tmp_path, SHOTS), "runware")
    edited(film.path, "shots:\n", f"shots:\n{GULL}")
    film.render()
    drawn = Faked(film.path, "offline")
    assert cut(drawn.compiled()) != KEPT
    for _ in range(2):
        ordered = film.compiled()
        assert (cut(ordered), to_render(ordered)) == (KEPT, [])
        packed_anew(drawn)


def marked(lengths, continued, marks):
    """Shots of which one continues another, some of them marked to begin a clip."""
    written = []
    for number, seconds in enumerate(lengths):
        link = {"continues": f"s{continued[1]}"} if number == continued[0] else {}
        mark = {"clip": "new"} if number in marks else {}
        written.append(shot(f"s{number}", f"@ana rings bell {number}.", seconds=seconds, **link, **mark))
    return "".join(written)


def bill(compiled):
    return sum(one.clip.seconds for one in compiled.planned if one.block is None), len(compiled.planned)


def test_a_clip_that_continues_one_without_a_take_is_billed_where_it_is_rendered(tmp_path):
    path = project(tmp_path, "")
    head = path.read_text(encoding="utf-8")

    def compiled(marks):
        path.write_text(head + marked([4, 1.5, 1.5], (2, 1), marks), encoding="utf-8")
        return compile_file(path)

    made = compiled({1})
    write_lock(lock_path(path), Lock({"s2": lock_of(made).blocks["s2"]}))
    assert (bill(compiled({1})), to_render(compiled({1}))) == ((10, 3), ["s0", "s1", "s2"])
    assert (bill(compiled(set())), to_render(compiled(set()))) == ((9, 2), ["s0", "s2"])


@st.composite
def bells(draw):
    """Lengths of shots in seconds, which of them continues which, and earlier renders: for each the places whose shots
    were marked, and, as bits, which of its clips the lock still knows."""
    lengths = draw(st.lists(st.sampled_from([1.5, 2.5, 4, 5.5]), min_size=3, max_size=5))
    places = range(len(lengths))
    continued = draw(st.sampled_from([(a, b) for a in places for b in places if a > b]))
    marks = st.sets(st.sampled_from(places[1:]))
    renders = draw(st.lists(st.tuples(marks, st.integers(0, 2 ** len(lengths) - 1)), max_size=2))
    return lengths, continued, renders


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(bells())
@example(([4, 1.5, 1.5], (2, 1), [({1}, 0b100)]))
def test_no_mark_of_the_author_makes_a_film_with_a_lock_cheaper(tmp_path_factory, film):
    lengths, continued, renders = film
    path = project(tmp_path_factory.mktemp("film"), "")
    head = path.read_text(encoding="utf-8")

    def compiled(marks):
        path.write_text(head + marked(lengths, continued, marks), encoding="utf-8")
        return compile_file(path)

    blocks = {}
    for marks, known in renders:
        lock = lock_of(compiled(marks))
        kept = [clip for number, clip in enumerate(sorted(lock.blocks)) if known >> number & 1]
        blocks |= {f"{len(blocks)}-{clip}": lock.blocks[clip] for clip in kept}
    write_lock(lock_path(path), Lock(blocks))
    masks = [{place for place in range(len(lengths)) if mask >> place & 1} for mask in range(0, 2 ** len(lengths), 2)]
    assert bill(compiled(set())) == min(bill(compiled(marks)) for marks in masks)
