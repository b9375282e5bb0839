"""The example films are sound, and their pictures are what the script draws."""

from __future__ import annotations

import importlib.util
import io
import sys
import wave
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image, ImageChops, ImageStat

from storyforge.compiler.compile import compile_file
from storyforge.language.load import load_storyboard
from storyforge.providers import PROVIDERS

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
STARTER = ROOT / "storyforge" / "starter"
STORYBOARDS = [*sorted(EXAMPLES.glob("*/*.story.yaml")), STARTER / "film.story.yaml"]
FILMS = [path for path in STORYBOARDS if path.name != "bible.story.yaml"]
EPISODE = EXAMPLES / "a-pinch-of-winter" / "a-pinch-of-winter.story.yaml"


def script() -> ModuleType:
    found = sys.modules.get("example_drawings")
    if found is None:
        spec = importlib.util.spec_from_file_location("example_drawings", EXAMPLES / "draw.py")
        assert spec is not None
        assert spec.loader is not None
        found = sys.modules["example_drawings"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(found)
    return found


PICTURES = sorted(script().PICTURES)


def named(path: Path) -> str:
    return path.name.removesuffix(".story.yaml")


@pytest.mark.parametrize("path", STORYBOARDS, ids=named)
def test_an_example_loads_without_a_finding(path: Path) -> None:
    board, _, findings = load_storyboard(path)
    assert findings == []
    assert board is not None


@pytest.mark.parametrize("provider", [kind().name for kind in PROVIDERS])
@pytest.mark.parametrize("path", FILMS, ids=named)
def test_a_film_compiles_for_every_provider_without_a_finding(path: Path, provider: str) -> None:
    compiled = compile_file(path, provider=provider)
    assert compiled.diagnostics == ()
    assert compiled.planned


def test_the_episode_is_longer_than_a_minute_and_the_starter_film_is_short() -> None:
    assert 65 <= compile_file(EPISODE).timeline.seconds <= 95
    assert 20 <= compile_file(STARTER / "film.story.yaml").timeline.seconds <= 25


@pytest.mark.parametrize("path", STORYBOARDS, ids=named)
def test_an_example_names_its_schema_on_the_first_line_and_the_schema_is_there(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# yaml-language-server: $schema=")
    if path.is_relative_to(EXAMPLES):
        schema = path.parent / first.partition("$schema=")[2]
        assert schema.resolve() == ROOT / "schemas" / "storyboard.schema.json"
        assert schema.is_file()


@pytest.mark.parametrize("path", STORYBOARDS, ids=named)
def test_everybody_and_every_place_can_be_told_apart(path: Path) -> None:
    board, _, _ = load_storyboard(path)
    assert board is not None
    seen = [set(character.marks) for character in board.cast.values()]
    seen += [set(scene.marks) for scene in board.scenes.values()]
    assert all(1 <= len(marks) <= 2 for marks in seen)
    assert sum(map(len, seen)) == len(set().union(*seen))
    assert all(character.reference for character in board.cast.values())


@pytest.mark.parametrize("path", FILMS, ids=named)
def test_every_picture_that_a_film_names_is_one_that_the_script_draws(path: Path) -> None:
    board, _, _ = load_storyboard(path)
    assert board is not None
    named_pictures = {noun.reference for noun in (*board.cast.values(), *board.scenes.values())}
    named_pictures |= {look.reference for character in board.cast.values() for look in character.looks.values()}
    named_pictures |= {shot.first_frame for shot in board.shots or ()}
    folder = path.parent.relative_to(ROOT).as_posix()
    drawn = {picture.removeprefix(f"{folder}/") for picture in PICTURES if picture.startswith(f"{folder}/")}
    assert named_pictures - {None} == drawn


def test_the_episode_tells_its_story_with_three_people_in_four_places_and_every_transition() -> None:
    board, _, _ = load_storyboard(EPISODE)
    assert board is not None
    shots = board.shots or ()
    assert len(board.cast) == 3
    assert len({shot.scene for shot in shots}) == 4
    assert {shot.transition.kind for shot in shots} == {"cut", "dissolve", "fade", "wipe"}
    assert any(line.unseen for shot in shots for line in shot.dialogue)
    assert board.music is not None


@pytest.mark.slow
@pytest.mark.parametrize("picture", PICTURES)
def test_the_script_draws_the_picture_that_is_kept(picture: str) -> None:
    drawn = script().PICTURES[picture]()
    with Image.open(ROOT / picture) as kept:
        assert kept.size == drawn.size
        assert min(kept.size) >= 400
        apart = ImageChops.difference(kept.convert("RGB"), drawn)
    assert max(ImageStat.Stat(apart).mean) < 4


@pytest.mark.slow
def test_drawing_twice_gives_the_same_bytes() -> None:
    draw = script().PICTURES["examples/a-pinch-of-winter/refs/lumi-dusted.jpg"]
    assert draw().tobytes() == draw().tobytes()


def test_the_script_plays_the_music_that_is_kept(tmp_path: Path) -> None:
    script().write_music(tmp_path / "waltz.wav")
    with wave.open(str(ROOT / script().MUSIC)) as kept, wave.open(str(tmp_path / "waltz.wav")) as played:
        assert kept.getparams() == played.getparams()
        before, after = (memoryview(one.readframes(one.getnframes())).cast("h") for one in (kept, played))
    assert max(abs(a - b) for a, b in zip(before, after, strict=True)) <= 2


def test_the_examples_are_small_enough_for_a_repository() -> None:
    sizes = {path: path.stat().st_size for path in (*EXAMPLES.rglob("refs/*.jpg"), *STARTER.rglob("refs/*.jpg"))}
    assert len(sizes) == len(PICTURES)
    assert max(sizes.values()) < 100_000
    assert sum(sizes.values()) < 1_600_000
    assert sum(size for path, size in sizes.items() if path.is_relative_to(STARTER)) < 160_000
    assert (ROOT / script().MUSIC).stat().st_size < 150_000


@pytest.mark.slow
def test_the_script_draws_only_what_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(script(), "HERE", tmp_path / "examples")
    script().main(["pip"])
    written = [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()]
    assert written == ["storyforge/starter/refs/pip.jpg"]
    assert capsys.readouterr().out.startswith("storyforge/starter/refs/pip.jpg")
    with Image.open(io.BytesIO((tmp_path / written[0]).read_bytes())) as picture:
        assert picture.size == (720, 720)
