"""Running a plan: every step once, after what it needs; what is done stays done, whatever dies when."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time

import hostile_tasks as hostile
import networkx
import pytest
from projects import HEAD, SHOTS, edited, project, storyforge

from storyforge.compiler.compile import compile_file
from storyforge.film.qc import measure
from storyforge.model.errors import MediaError
from storyforge.planning.film_plan import plan_film
from storyforge.rendering.deliver import deliver
from storyforge.rendering.executor import draw_offline
from storyforge.rendering.run import Extent, render_film
from storyforge.rendering.schedule import run_graph
from storyforge.rendering.steps import PieceStep, TakeStep
from storyforge.system.decode import last_frame, probe
from storyforge.system.lock import read_lock
from storyforge.system.store import Store


def performed(edges, failing=(), slow=()):
    order, failures = [], {}

    async def perform(step):
        await asyncio.sleep(0.02 if step in slow else 0)
        order.append(step)
        if step in failing:
            raise MediaError(f"{step} broke")

    asyncio.run(run_graph(networkx.DiGraph(edges), perform, failures))
    return order, failures


def test_every_step_runs_once_after_what_it_needs():
    order, failures = performed([("a", "c"), ("b", "c"), ("c", "d"), ("a", "d")], slow=["a"])
    assert order == ["b", "a", "c", "d"]
    assert failures == {}


def test_a_failure_blocks_its_dependants_and_nothing_else():
    order, failures = performed([("a", "b"), ("b", "c"), ("x", "y"), ("y", "z"), ("c", "z")], failing=["b"])
    assert sorted(order) == ["a", "b", "x", "y"]
    assert {step: str(fault) for step, fault in failures.items()} == {"b": "b broke"}


def test_an_interrupt_stops_what_is_under_way():
    stopped = []

    async def perform(step):
        try:
            await asyncio.sleep(60)
        finally:
            stopped.append(step)

    async def interrupted():
        task = asyncio.ensure_future(run_graph(networkx.DiGraph([("a", "c"), ("b", "c")]), perform, {}))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(interrupted())
    assert sorted(stopped) == ["a", "b"]


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    """A film of three clips, rendered once; tests that change it work on a copy."""
    folder = tmp_path_factory.mktemp("rendered")
    path = project(folder)
    done = storyforge("render", path, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder, done


@pytest.mark.slow
def test_the_film_has_its_clips_less_the_overlap_in_pictures_and_sound(rendered):
    folder, done = rendered
    found = probe(folder / "ferry.mp4")
    assert (found.width, found.height, found.frames) == (1280, 720, 9 * 24 - 12)
    assert abs(found.seconds - 8.5) < 1 / 24
    assert done.stdout == f"{folder / 'ferry.mp4'}\n"


@pytest.mark.slow
def test_a_clip_that_continues_opens_on_the_last_frame_of_the_other(rendered, tmp_path):
    from PIL import Image, ImageChops, ImageStat

    folder, _ = rendered
    store = Store(folder / ".storyforge")
    lock, _ = read_lock(folder / "ferry.story.lock")
    takes = {name: store.take(lock.blocks[name].take) for name in ("call", "boat")}
    last_frame(takes["call"], tmp_path / "last.png")
    ffmpeg = ["-i", f"file:{takes['boat']}", "-frames:v", "1", f"file:{tmp_path / 'first.png'}"]
    from storyforge.system.ffmpeg import run_ffmpeg

    asyncio.run(run_ffmpeg(ffmpeg))
    pictures = [Image.open(tmp_path / f"{name}.png").convert("RGB") for name in ("last", "first")]
    assert max(ImageStat.Stat(ImageChops.difference(*pictures)).mean) < 3


@pytest.mark.slow
def test_a_second_run_does_nothing(rendered):
    folder, _ = rendered
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    done = storyforge("render", "ferry.story.yaml", cwd=folder)
    assert done.returncode == 0
    assert "rendering" not in done.stderr
    after = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    assert {path for path in after if before.get(path) != after[path]} <= {folder / ".storyforge/lock"}


@pytest.mark.slow
def test_after_a_render_the_plan_is_empty(rendered):
    folder, _ = rendered
    done = storyforge("plan", "ferry.story.yaml", "--format", "json", "--exit-code", cwd=folder)
    plan = json.loads(done.stdout)
    assert done.returncode == 0
    assert {clip["state"] for clip in plan["clips"]} == {"cached"}
    assert (plan["film"]["state"], plan["total"]) == ("cached", {"usd": 0, "clips": 0})


@pytest.mark.slow
def test_another_place_for_the_film_changes_nothing_in_the_plan(rendered, tmp_path):
    folder, _ = rendered
    done = storyforge("render", "ferry.story.yaml", "-o", tmp_path / "deep/er.mp4", cwd=folder)
    assert done.returncode == 0
    assert (tmp_path / "deep/er.mp4").read_bytes() == (folder / "ferry.mp4").read_bytes()


@pytest.mark.slow
def test_a_film_that_was_removed_or_changed_is_put_back(rendered):
    folder, _ = rendered
    film = folder / "ferry.mp4"
    content = film.read_bytes()
    film.write_bytes(b"not a film")
    assert storyforge("render", "ferry.story.yaml", cwd=folder).returncode == 0
    assert film.read_bytes() == content


@pytest.mark.slow
def test_a_repeated_frame_is_left_out_wherever_the_film_is_timed(tmp_path):
    """Three clips of three seconds and two seams: in the plan, in the film, on the sheet and in the store."""
    from storyforge.rendering.gc import find_rest

    shots = SHOTS.replace("    transition: dissolve 0.5\n", "").replace("    clip: new\n", "    continues: wait\n")
    path = project(tmp_path, shots, HEAD.replace("cast:", "format: {seam: drop}\ncast:", 1))
    compiled = compile_file(path)
    assert compiled.timeline.frames == 9 * 24 - 2
    done = storyforge("render", path, "--strict", "--sheet", "--format", "json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = probe(tmp_path / "ferry.mp4")
    assert (found.frames, compiled.timeline.seconds) == (
        compiled.timeline.frames,
        json.loads(done.stdout)["film"]["seconds"],
    )
    assert abs(found.seconds - compiled.timeline.seconds) < 0.001
    assert storyforge("plan", path, "--exit-code", cwd=tmp_path).returncode == 0
    gone, _ = find_rest(Store(tmp_path / ".storyforge"), None)
    assert [rest.path.name for rest in gone if rest.kind in ("pieces", "films")] == []


def copied(rendered, tmp_path):
    import shutil

    shutil.copytree(rendered[0], tmp_path / "copy")
    return tmp_path / "copy"


class Recorded:
    """Keeps the events of a render, and the ids and names that were announced."""

    def __init__(self):
        self.steps, self.events = {}, []

    def begin(self, steps):
        self.steps.update(steps)

    def start(self, step, doing):
        self.events.append((step, doing))

    def advance(self, step, share):
        self.events.append((step, share))

    def finish(self, step, done):
        self.events.append((step, done))

    def fail(self, step, message):
        self.events.append((step, "failed"))


def rendered_in_process(folder, execute):
    """Renders what is missing of the film in a folder; its plan, the events and the outcome."""
    plan, told = plan_film(compile_file(folder / "ferry.story.yaml")), Recorded()
    return plan, told, asyncio.run(render_film(plan, told, execute, extent=Extent(at_once=2)))


@pytest.mark.slow
def test_every_event_names_its_step_by_the_id_that_was_announced(rendered, tmp_path):
    folder = copied(rendered, tmp_path)
    edited(folder / "ferry.story.yaml", "looks over the water", "looks up")
    plan, told, outcome = rendered_in_process(folder, draw_offline)
    take = TakeStep(plan.planned[0].job.fingerprint)
    pieces = [PieceStep(clip) for clip in ("wait", "call", "boat")]
    assert {step: work.name for step, work in told.steps.items()} == {
        str(take): "wait",
        **{str(piece): piece.clip for piece in pieces},
        "film": "film",
    }
    assert {step for step, _ in told.events} == told.steps.keys()
    assert [(step, event) for step, event in told.events if not isinstance(event, float)] == [
        (str(take), "rendering"),
        (str(take), "rendered"),
        ("film", "stitching"),
        ("film", "stitched"),
    ]
    assert {step for step, event in told.events if event == 1.0} == told.steps.keys()
    store = Store(folder / ".storyforge")
    assert outcome.takes == {take.fingerprint: store.take(store.find_take(take.fingerprint))}


def test_failures_are_kept_by_step_and_what_waited_for_them_by_name(tmp_path):
    async def broken(job, pictures, out, progress):
        raise MediaError("it broke")

    path = project(tmp_path)
    plan, told, outcome = rendered_in_process(path.parent, broken)
    wait, call, _ = (TakeStep(one.job.fingerprint) for one in plan.planned)
    assert {step: str(fault) for step, fault in outcome.failures.items()} == {wait: "it broke", call: "it broke"}
    assert outcome.blocked == ["boat"]
    assert [step for step, event in told.events if event == "failed"] == [str(wait), str(call)]


@pytest.mark.slow
def test_a_take_that_ends_its_reader_fails_its_clip_and_is_read_in_the_next_run(rendered, tmp_path, monkeypatch):
    folder = copied(rendered, tmp_path)
    edited(folder / "ferry.story.yaml", "looks over the water", "looks up")
    with monkeypatch.context() as broken:
        broken.setattr(measure, "measure_film", hostile.die_of_film)
        _, told, outcome = rendered_in_process(folder, draw_offline)
    piece, fault = next((step, fault) for step, fault in outcome.failures.items())
    assert piece == PieceStep("wait")
    assert str(fault).endswith("died (SIGABRT)")
    assert [step for step, event in told.events if event == "failed"] == [str(piece)]
    _, _, outcome = rendered_in_process(folder, draw_offline)
    assert not outcome.failures


@pytest.mark.slow
def test_a_draft_is_the_same_film_in_small(rendered, tmp_path):
    folder = copied(rendered, tmp_path)
    done = storyforge("render", "ferry.story.yaml", "--draft", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "rendering" not in done.stderr
    found, whole = probe(folder / "ferry.draft.mp4"), probe(folder / "ferry.mp4")
    assert (found.width, found.height) == (854, 480)
    assert found.frames == whole.frames
    assert storyforge("plan", "ferry.story.yaml", "--exit-code", cwd=folder).returncode == 0


@pytest.mark.slow
def test_an_edit_renders_only_its_clips_and_going_back_renders_nothing(rendered, tmp_path):
    folder = copied(rendered, tmp_path)
    path = folder / "ferry.story.yaml"
    edited(path, "looks over the water", "looks up")
    done = storyforge("plan", path, "--exit-code", cwd=folder)
    assert done.returncode == 3
    assert "action: " in done.stdout
    done = storyforge("render", path, cwd=folder)
    assert [line for line in done.stderr.splitlines() if line.endswith("rendering")] == ["wait: rendering"]
    edited(path, "looks up", "looks over the water")
    done = storyforge("render", path, cwd=folder)
    assert "rendering" not in done.stderr
    assert (folder / "ferry.mp4").read_bytes() == (rendered[0] / "ferry.mp4").read_bytes()


@pytest.mark.slow
def test_a_renamed_shot_is_shown_by_its_new_name_without_rendering(rendered, tmp_path):
    folder = copied(rendered, tmp_path)
    edited(folder / "ferry.story.yaml", "id: wait", "id: waiting")
    done = storyforge("render", "ferry.story.yaml", cwd=folder)
    assert done.returncode == 0
    assert "rendering" not in done.stderr
    assert (folder / "ferry.mp4").read_bytes() != (rendered[0] / "ferry.mp4").read_bytes()


@pytest.mark.slow
def test_two_renders_of_one_storyboard_are_the_same_bytes(rendered, tmp_path):
    path = project(tmp_path / "elsewhere")
    assert storyforge("render", path, "--jobs", "1", cwd=tmp_path, uncached=True).returncode == 0
    assert path.with_name("ferry.mp4").read_bytes() == (rendered[0] / "ferry.mp4").read_bytes()


@pytest.mark.long
@pytest.mark.parametrize("seconds", [0.8, 1.6, 2.6, 3.8])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_dies_leaves_nothing_broken_and_the_next_goes_on(rendered, tmp_path, seconds, how):
    path = project(tmp_path)
    command = [sys.executable, "-c", "from storyforge.cli import main; main()", "render", str(path)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    time.sleep(seconds)
    process.send_signal(how)
    _, said = process.communicate(timeout=30)
    assert process.returncode in ((130, 0) if how == signal.SIGINT else (-9, 0)), said
    assert "Traceback" not in said
    if path.with_name("ferry.mp4").exists():  # it may die when all is done
        assert path.with_name("ferry.mp4").read_bytes() == (rendered[0] / "ferry.mp4").read_bytes()
    done = storyforge("render", path, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert path.with_name("ferry.mp4").read_bytes() == (rendered[0] / "ferry.mp4").read_bytes()
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


@pytest.mark.slow
def test_only_the_clips_of_the_named_shots_are_rendered(tmp_path):
    path = project(tmp_path)
    done = storyforge("render", path, "--only", "boat", cwd=tmp_path)
    assert done.returncode == 0
    assert [line for line in done.stderr.splitlines() if line.endswith(": rendered")] == [
        "call: rendered",
        "boat: rendered",
    ]
    assert "not stitched" in done.stderr
    assert not path.with_name("ferry.mp4").exists()


def test_a_broken_storyboard_renders_nothing(tmp_path):
    path = project(tmp_path)
    edited(path, "@ana looks", "@anna looks")
    done = storyforge("render", path, cwd=tmp_path)
    assert done.returncode == 1
    assert "error[unknown-character]" in done.stderr
    assert not (tmp_path / ".storyforge").exists()


def test_a_host_is_not_paid_without_leave(tmp_path):
    path = project(tmp_path)
    done = storyforge("render", path, "--provider", "runware", cwd=tmp_path)
    assert done.returncode == 4
    assert "$1.26" in done.stderr
    assert "nothing was sent" in done.stderr
    done = storyforge("render", path, "--provider", "runware", "--yes", "--max-cost", "1", cwd=tmp_path)
    assert done.returncode == 4


def test_an_unknown_shot_or_provider_is_a_usage_error(tmp_path):
    path = project(tmp_path)
    assert storyforge("render", path, "--only", "nobody", cwd=tmp_path).returncode == 2
    done = storyforge("render", path, "--provider", "runwear", cwd=tmp_path)
    assert done.returncode == 2
    assert "did you mean `runware`?" in done.stderr


def test_a_delivered_film_is_replaced_in_one_step(tmp_path):
    store = Store(tmp_path / ".storyforge")
    film = tmp_path / "key.mp4"
    film.write_bytes(b"film")
    target = tmp_path / "out.mp4"
    assert deliver(film, target, store) is True
    assert deliver(film, target, store) is False
    target.unlink()
    assert deliver(film, target, store) is True
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".out")] == []


def test_a_plan_loads_nothing_that_only_a_render_needs():
    code = "import sys, storyforge.planning.film_plan; assert not {'asyncio', 'av', 'PIL.Image', 'pysubs2'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
