"""Pieces become a film: every frame is where it belongs, and sound and picture end together."""

from __future__ import annotations

import asyncio
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from film.cards import card, codes, samples, wiped
from film.placing import placed
from storyforge.compiler.transitions import SEAM, FrameTransition, measure_margins
from storyforge.film.conform import Delivery, Piece, conform_take, count_frames
from storyforge.film.cues import Cue
from storyforge.film.mux import Stretch
from storyforge.film.sound.mix import Mix
from storyforge.film.sound.music import Bed
from storyforge.film.stitch import list_parts, stitch_film
from storyforge.film.tags import Tags
from storyforge.film.transition_clips import Window
from storyforge.model.errors import MediaError
from storyforge.system import decode

MIXED = [
    FrameTransition("fade", 6),
    FrameTransition(),
    FrameTransition("dissolve", 12),
    FrameTransition("fade", 6),
    FrameTransition("wipe", 24),
    FrameTransition("dissolve", 5),
]


def stitch(pieces, joins, out: Path, **more) -> int:
    return asyncio.run(stitch_film(placed(pieces, joins), out, out.parent / "windows", **more))


def expected(frames: list[int], joins: list[FrameTransition]) -> list[set]:
    """For each frame of the film, what may be read there; None where two pictures, or one and black, are mixed."""
    film: list[set] = []
    for take, (count, join) in enumerate(zip(frames, joins, strict=True), 1):
        changed = join.frames if (take > 1 and join.kind != SEAM) or join.kind == "fade" else 0
        told = [{(take, number)} for number in range(count)]
        for number in range(changed):
            told[number] |= {None} | ({(0, 0)} if join.kind == "fade" else set())
        if take > 1 and join.kind == SEAM:
            told = told[1:]
        elif take > 1 and join.overlap:
            before = range(frames[take - 2] - join.overlap, frames[take - 2])
            pairs = [((take - 1, last), (take, first)) for first, last in enumerate(before)]
            film[-join.overlap :] = [wiped(*pair) if join.kind == "wipe" else {None, *pair} for pair in pairs]
            told = told[join.overlap :]
        elif take > 1 and join.kind == "fade":
            for one in film[-join.frames :]:
                one |= {None, (0, 0)}
        film += told
    return film


@pytest.mark.slow
def test_a_film_is_listed_as_the_frames_that_no_join_changes_and_windows_between_them():
    one, two, three, four = (Piece(key, Path(f"{key}.mp4"), Path(f"{key}.wav"), 48, 24) for key in "abcd")
    fade, overlap, seam = FrameTransition("fade", 6), FrameTransition("dissolve", 12), FrameTransition(SEAM, 1)
    assert list_parts(placed([one, two, three, four], [fade, fade, overlap, seam])) == [
        Window("in", 6, None, one),
        Stretch(one.video, 6, 42),
        Window("out", 6, one, None),
        Window("in", 6, None, two),
        Stretch(two.video, 6, 36),
        Window("dissolve", 12, two, three),
        Stretch(three.video, 12, 48),
        Stretch(four.video, 1, 48),
    ]
    whole = [FrameTransition(), FrameTransition("wipe", 48), FrameTransition()]
    assert list_parts(placed([one, two, three], whole)) == [Window("wipe", 48, one, two), Stretch(three.video, 0, 48)]
    assert list_parts(placed([one, two], [overlap, FrameTransition()])) == [
        Stretch(one.video, 0, 48),
        Stretch(two.video, 0, 48),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("fps", [24, 25, 30])
@pytest.mark.parametrize(
    "joins",
    [
        [FrameTransition()],
        [FrameTransition("fade", 8)],
        [FrameTransition(), FrameTransition()],
        [FrameTransition(), FrameTransition("dissolve", 12)],
        [FrameTransition(), FrameTransition("wipe", 7)],
        [FrameTransition(), FrameTransition("fade", 6)],
        [
            FrameTransition("dissolve", 9),
            FrameTransition("dissolve", 1),
            FrameTransition("wipe", 1),
            FrameTransition("fade", 1),
        ],
        [
            FrameTransition(),
            FrameTransition(SEAM, 1),
            FrameTransition(SEAM, 1),
            FrameTransition("dissolve", 6),
            FrameTransition(SEAM, 1),
        ],
        MIXED,
    ],
    ids=lambda joins: "-".join(f"{join.kind}{join.frames or ''}" for join in joins),
)
def test_no_frame_is_missing_or_doubled(tmp_path, make_pieces, joins, fps):
    pieces = make_pieces(joins, 48, fps)
    count = stitch(pieces, joins, tmp_path / "film.mp4")
    assert count == count_frames(placed(pieces, joins))
    told = codes(tmp_path / "film.mp4")
    allowed = expected([48] * len(joins), joins)
    assert len(told) == len(allowed) == count
    assert [
        (number, one, may) for number, (one, may) in enumerate(zip(told, allowed, strict=True)) if one not in may
    ] == []
    found = asyncio.run(decode.check_whole(tmp_path / "film.mp4", count))
    assert (found.fps, found.sample_rate, found.channels) == (fps, 48000, 2)
    assert abs(len(samples(tmp_path / "film.mp4")) / 48000 - count / fps) < 1 / fps


@pytest.mark.slow
def test_joins_may_take_a_whole_piece(tmp_path, make_pieces):
    joins = [FrameTransition(), FrameTransition("dissolve", 24), FrameTransition("wipe", 24), FrameTransition()]
    assert stitch(make_pieces(joins), joins, tmp_path / "film.mp4") == 48 * 4 - 48
    told = codes(tmp_path / "film.mp4")
    assert [one for one in told if one and one[0] == 4] == [(4, number) for number in range(48)]


@pytest.mark.slow
def test_a_piece_shorter_than_its_joins_is_refused(tmp_path, make_pieces):
    joins = [FrameTransition(), FrameTransition("dissolve", 30), FrameTransition("wipe", 24)]
    with pytest.raises(MediaError, match="a clip of 48 frames is shorter than its transitions, which take 30 and 24"):
        stitch(make_pieces(joins), joins, tmp_path / "film.mp4")


@pytest.mark.slow
def test_a_film_of_nothing_is_a_mistake_of_the_caller(tmp_path):
    with pytest.raises(ValueError, match="a film needs pieces"):
        stitch([], [], tmp_path / "film.mp4")


@pytest.mark.slow
@pytest.mark.parametrize(("tags", "language"), [(None, "und"), (Tags("A Test", language="fra"), "fra")])
def test_a_film_has_its_subtitles_in_a_track_of_their_own(tmp_path, make_pieces, tags, language):
    joins = [FrameTransition(), FrameTransition("dissolve", 12)]
    cues = [Cue(12, 36, ("You are late.",)), Cue(40, 60, ("The road is gone,", "all of it."))]
    assert stitch(make_pieces(joins), joins, tmp_path / "film.mp4", cues=cues, tags=tags) == 84
    with decode.open_media(tmp_path / "film.mp4") as film:
        (track,) = film.streams.subtitles
        assert track.metadata["language"] == language
        packets = [(float(packet.pts * packet.time_base), bytes(packet)) for packet in film.demux(track) if packet.size]
    told = [(start, content[2:].decode()) for start, content in packets if len(content) > 2]
    assert told == [(0.5, "You are late."), (1.667, "The road is gone,\nall of it.")]
    assert not list((tmp_path / "windows").glob(".*"))


@pytest.mark.slow
@pytest.mark.parametrize(("loudness", "notes"), [(-23, []), (-3, ["the film is quieter than asked for"])])
def test_a_film_that_misses_its_loudness_says_so(tmp_path, make_pieces, loudness, notes):
    told: list[str] = []
    joins = [FrameTransition()]
    stitch(make_pieces(joins), joins, tmp_path / "film.mp4", mix=Mix(loudness=loudness), note=told.append)
    assert [note.partition(",")[0] for note in told] == notes


@pytest.mark.slow
def test_the_same_pieces_give_the_same_bytes(tmp_path, make_pieces):
    pieces = make_pieces(MIXED)
    music = Bed(card(tmp_path / "music.mp4", frames=30))
    (tmp_path / "two").mkdir()
    for out in (tmp_path / "film.mp4", tmp_path / "two" / "film.mp4"):
        stitch(pieces, MIXED, out, mix=Mix(music))
    assert (tmp_path / "film.mp4").read_bytes() == (tmp_path / "two" / "film.mp4").read_bytes()


@pytest.mark.slow
def test_progress_rises_to_one(tmp_path, make_pieces):
    told: list[float] = []
    stitch(make_pieces(MIXED), MIXED, tmp_path / "film.mp4", progress=told.append)
    assert told == sorted(told)
    assert told[0] < 0.45  # half of the parts are windows, the other is the sound
    assert told[-2:] == [pytest.approx(0.9), 1.0]


@pytest.mark.slow
def test_only_windows_that_changed_are_encoded_again(tmp_path, make_pieces):
    joins = [
        FrameTransition(),
        FrameTransition("wipe", 12),
        FrameTransition("dissolve", 12),
        FrameTransition("fade", 12),
    ]
    stitch(make_pieces(joins), joins, tmp_path / "film.mp4")
    before = set((tmp_path / "windows").glob("*.mp4"))
    assert len(before) == 4
    joins[2] = FrameTransition("dissolve", 24)
    stitch(make_pieces(joins), joins, tmp_path / "film.mp4")
    assert len(set((tmp_path / "windows").glob("*.mp4")) - before) == 1


@pytest.mark.slow
def test_a_beep_is_heard_where_its_flash_is_seen(tmp_path):
    """Each take beeps from its frame 30 to 31; in the film the beeps begin within 7 ms of those frames."""
    joins = [
        FrameTransition(),
        FrameTransition(),
        FrameTransition("dissolve", 12),
        FrameTransition("fade", 12),
        FrameTransition("wipe", 12),
        FrameTransition(SEAM, 1),
    ]
    pieces = []
    for take, margin in enumerate(measure_margins(joins), 1):
        rate, layout = ((44100, "mono"), (48000, "stereo"))[take % 2]
        film = card(
            tmp_path / f"{take}.mp4",
            take,
            60,
            sound="if(between(t,1.25,1.2917),0.8*sin(3000*t),0)",
            rate=rate,
            layout=layout,
        )
        sha256 = hashlib.sha256(film.read_bytes()).hexdigest()
        pieces.append(asyncio.run(conform_take(film, sha256, Delivery(60, (320, 180), 24, *margin), tmp_path)))
    stitch(pieces, joins, tmp_path / "film.mp4")
    seen = [number / 24 for number, one in enumerate(codes(tmp_path / "film.mp4")) if one and one[1] == 30]
    heard, quiet = [], 0
    for number, value in enumerate(samples(tmp_path / "film.mp4")):
        if abs(value) > 4000:
            if quiet > 4800:
                heard.append(number / 48000)
            quiet = 0
        quiet += 1
    assert len(seen) == len(heard) == 6
    assert max(abs(one - other) for one, other in zip(seen, heard, strict=True)) < 0.007


@pytest.mark.slow
def test_a_film_that_fails_keeps_the_old_one_and_leaves_nothing(tmp_path, make_pieces):
    (tmp_path / "film.mp4").write_bytes(b"the old film")
    pieces = make_pieces([FrameTransition(), FrameTransition()])
    broken = tmp_path / "music.mp3"
    broken.write_bytes(b"ID3 but no more")
    with pytest.raises(MediaError):
        stitch(pieces, [FrameTransition(), FrameTransition()], tmp_path / "film.mp4", mix=Mix(Bed(broken)))
    assert (tmp_path / "film.mp4").read_bytes() == b"the old film"
    assert {path.name for path in tmp_path.rglob("*")} == {"film.mp4", "music.mp3", "windows"}


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_cancelling_leaves_no_film(tmp_path, make_pieces, share):
    pieces = make_pieces(MIXED)

    async def main():
        reached = asyncio.Event()
        loop = asyncio.get_running_loop()

        def tell(done: float) -> None:
            if done >= share * 0.9:
                loop.call_soon_threadsafe(reached.set)

        task = asyncio.create_task(
            stitch_film(placed(pieces, MIXED), tmp_path / "film.mp4", tmp_path / "windows", progress=tell)
        )
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert {path.name for path in tmp_path.iterdir()} == {"windows", "whole"}
    assert all(len(path.stem) == 64 for path in (tmp_path / "windows").iterdir())


MANY = """
import asyncio, re, resource, sys
from pathlib import Path
from storyforge.film.conform import Piece, PlacedPiece
from storyforge.compiler.transitions import FrameTransition, measure_margins
from storyforge.film.stitch import stitch_film
folder, keys = Path(sys.argv[1]), sys.argv[2].split(",")
pieces = [Piece(key, folder / f"{key}.mp4", folder / f"{key}.wav", 48, 24) for key in (keys * 18)[:88]]
joins = [(FrameTransition(), FrameTransition("dissolve", 12), FrameTransition("wipe", 12), FrameTransition("fade", 12))[n % 4] for n in range(88)]
placed = [PlacedPiece(*each) for each in zip(pieces, joins, measure_margins(joins))]
print(asyncio.run(stitch_film(placed, Path(sys.argv[3]), folder)))
# Its own: Linux lets a process that was started by a large one inherit that one's peak in `ru_maxrss`, and not in this.
status = Path("/proc/self/status")
own = re.search(r"VmHWM:\\s*(\\d+)", status.read_text())[1] if status.exists() else 0
print(max(int(own), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) // 1024)
"""


@pytest.mark.long
def test_a_film_of_88_clips_takes_little_memory(tmp_path, make_pieces):
    pieces = make_pieces(
        [
            FrameTransition("fade", 6),
            FrameTransition("dissolve", 12),
            FrameTransition("wipe", 6),
            FrameTransition("fade", 6),
            FrameTransition("dissolve", 12),
        ]
    )
    keys = ",".join(piece.key for piece in pieces)
    command = [sys.executable, "-c", MANY, str(pieces[0].video.parent), keys, str(tmp_path / "film.mp4")]
    home = Path(decode.__file__).parents[2]
    done = subprocess.run(command, cwd=home, capture_output=True, text=True, check=True)
    frames, megabytes = map(int, done.stdout.split())
    assert frames == 88 * 48 - 44 * 12
    assert asyncio.run(decode.check_whole(tmp_path / "film.mp4", frames)).frames == frames
    assert megabytes < 300
