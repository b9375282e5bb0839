"""What the lock has paid for: found again whatever was renamed, and never taken for what is written otherwise."""

from dataclasses import replace

import pytest
from boards import board, everywhere, picture_of
from projects import edited, project

from storyforge.compile import compile_file
from storyforge.lock import Block, Lock, lock_path, part_digests, read_lock, write_lock
from storyforge.pack import pack_shots
from storyforge.paid import LockedTakes


def shot(name, action, **fields):
    written = {"id": name, "scene": "pier", "action": f'"{action}"', "seconds": 5, **fields}
    return "  - " + "\n    ".join(f"{key}: {value}" for key, value in written.items()) + "\n"


SHOTS = "".join(
    shot(f"s{number}", f"@{who} {does}.")
    for number, who, does in (
        (1, "ana", "ties the boat"),
        (2, "bo", "counts the nets"),
        (3, "ana", "lights the lamp"),
        (4, "bo", "reads the sky"),
        (5, "ana", "opens the shed"),
        (6, "bo", "finds a letter"),
        (7, "ana", "waits for the tide"),
        (8, "bo", "calls over the water"),
        (9, "ana", "answers"),
    )
)
"""Three clips of three shots, 15 s each."""

GULL = shot("gull", "A gull lands on the rail.")
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


RENAMES = {
    "shots": [(f"id: s{number}\n", f"id: view-{number}\n") for number in range(1, 10)],
    "a character": [("@bo", "@pip"), ("  bo:", "  pip:")],
    "both": [("id: s", "id: view-"), ("@bo", "@pip"), ("  bo:", "  pip:")],
    "a scene": [("scene: pier", "scene: quay"), ("  pier:", "  quay:")],
    "the way that actions are written": [('"@ana ', '"@ana   ')],
    "that and the shots": [('"@ana ', '"@ana   '), ("id: s", "id: view-")],
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
    edited(path, "ties the boat", "unties the boat")
    assert (cut(compile_file(path)), to_render(compile_file(path))) == (KEPT, ["s1"])
    edited(path, "reads the sky", "reads the clouds")
    assert (cut(compile_file(path)), to_render(compile_file(path))) == (KEPT, ["s1", "s4"])


def test_another_take_is_as_good_as_the_first(path):
    rendered(path, s1={"rendered": "e" * 64, "seed": 99, "number": 2})
    assert (cut(compile_file(path)), to_render(compile_file(path))) == (KEPT, [])


@pytest.mark.parametrize("renamed", [False, True])
def test_what_was_accepted_is_kept_under_whatever_name(path, renamed):
    lock = rendered(path)
    edited(path, "A gull lands on the rail.", "A gull lands on the railing.")
    if renamed:
        edited(path, "id: gull", "id: bird")
    now = next(one for one in compile_file(path).planned if len(one.clip.shots) == 1)
    gull = replace(lock.blocks["gull"], accepted=now.job.fingerprint)
    write_lock(lock_path(path), Lock({**lock.blocks, "gull": gull}))
    compiled = compile_file(path)
    assert (list(cut(compiled).values()), to_render(compiled)) == (list(KEPT.values()), [])


def test_a_block_that_says_nothing_of_its_parts_is_known_by_its_name(path):
    lock = rendered(path)
    bare = {clip: replace(block, parts={}) for clip, block in lock.blocks.items()}
    write_lock(lock_path(path), Lock(bare))
    assert (cut(compile_file(path)), to_render(compile_file(path))) == (KEPT, [])


CHAIN = SHOTS + "".join(
    (
        shot("night", "@ana sleeps.", seconds=20, continues="s9"),
        shot("dawn", "@bo wakes her.", continues="night"),
        shot("boat", "The boat leaves."),
        shot("sea", "Rain falls on the sea."),
    )
)


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


def test_nothing_is_kept_behind_a_clip_that_is_rendered_anew(chained):
    edited(chained, "answers", "laughs")
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
        return LockedTakes(Lock({"s1": block}), made.shots, lambda clip, before: asked.append(clip.id) or "f" * 64)

    assert [takes().may(clip.shots) for clip in clips] == [True, False]
    assert not takes().may(first.shots[:2])
    assert takes().kept(first, None) == "f" * 64
    assert takes(seed=7).kept(first, None) is None
    assert takes(seed=7, accepted="e" * 64).kept(first, None) == "f" * 64
    assert asked == ["s1", "s1"]


def test_a_lock_that_was_read_back_keeps_the_same(path):
    lock = rendered(path)
    assert read_lock(lock_path(path)) == (lock, [])
