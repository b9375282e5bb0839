"""Every example for every provider as a golden text: clips and why, pictures, prompts, requests, findings.

`pytest tests/test_golden.py --bless` writes the texts again. Read their difference before it is committed, as a director
would: what is in it is what a host will be paid for.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from providers.suite import SCHEMAS, said, schema_of

from storyforge.compiler.compile import Compiled, compile_file
from storyforge.compiler.jobs import Planned
from storyforge.providers import PROVIDERS
from storyforge.reports.compiled_document import compiled_document

ROOT = Path(__file__).parents[1]
GOLDEN = Path(__file__).parent / "golden"
FILMS = {path.parent.name: path for path in ROOT.glob("examples/*/*.story.yaml") if path.name != "bible.story.yaml"} | {
    "starter": ROOT / "storyforge" / "starter" / "film.story.yaml"
}
HOSTS = {path.stem for path in SCHEMAS.iterdir()}
PAIRS = [(film, kind.name) for film in sorted(FILMS) for kind in PROVIDERS]


def told(compiled: Compiled) -> str:
    """All that a compiled storyboard says, each prompt once: in the requests, `(the prompt)` replaces it."""
    assert compiled.storyboard is not None
    price = "price unknown" if compiled.usd is None else f"${compiled.usd:.2f}"
    lines = [
        f"{compiled.storyboard.title}: {compiled.provider.title}, {compiled.provider.model}, {compiled.timeline.seconds:g} s, {price}"
    ]
    lines += [f"{found.severity}[{found.name}]: {found.message}" for found in compiled.diagnostics] or ["no findings"]
    for one in compiled.planned:
        lines += ["", *clip_told(one)]
    return "\n".join(lines) + "\n"


def clip_told(one: Planned) -> Iterator[str]:
    clip = one.clip
    price = "price unknown" if one.usd is None else f"${one.usd:.2f}"
    yield f"=== {clip.id}: {', '.join(shot.id for shot in clip.shots)}"
    yield f"{clip.seconds} s, {clip.mode}, seed {clip.seed}, {price}; {clip.why}"
    for reference in clip.references:
        look = f".{reference.look}" if reference.look else ""
        yield f"{reference.slot}. {reference.kind} {reference.id}{look}: {reference.picture.source}"
    if clip.first_frame:
        yield f"first frame: {getattr(clip.first_frame, 'source', None) or f'the last of {clip.after[0]}'}"
    yield f"fingerprint: {one.job.fingerprint}"
    yield f"--- prompt, {one.prompt.characters} characters"
    yield one.prompt.text
    assert one.request is not None
    yield f"--- {one.request.method} {one.request.url}"
    body = json.dumps(one.request.json, ensure_ascii=False, indent=1)
    prompt = json.dumps(one.prompt.text, ensure_ascii=False)
    assert body.count(prompt) == 1
    yield body.replace(prompt, "(the prompt)")


@pytest.mark.parametrize(("film", "provider"), PAIRS)
def test_an_example_compiles_to_its_golden_text(film: str, provider: str, bless: bool) -> None:
    text = told(compile_file(FILMS[film], provider))
    path = GOLDEN / film / f"{provider}.txt"
    if bless:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    assert path.is_file(), f"no golden text: read what `pytest {Path(__file__).name} --bless` writes"
    assert text == path.read_text(encoding="utf-8")


def test_no_golden_text_is_left_over() -> None:
    kept = {(path.parent.name, path.stem) for path in GOLDEN.glob("*/*.txt")}
    assert kept == set(PAIRS)


FIRST_LENGTHS = {"runware": (45_635, 0.90), "scenario": (42_315, 0.95), "hiapi": (43_315, 0.95)}
"""By a host of each dialect: characters of all prompts of the examples as the first templates worded them, which listed
everybody in view before each action, and the share of them that is enough now."""


@pytest.mark.parametrize("provider", FIRST_LENGTHS)
def test_prompts_are_shorter_than_the_first_ones(provider: str) -> None:
    length, share = FIRST_LENGTHS[provider]
    written = sum(one.prompt.characters for path in FILMS.values() for one in compile_file(path, provider).planned)
    assert written <= length * share


@pytest.mark.parametrize(("film", "provider"), PAIRS)
def test_a_copy_elsewhere_compiles_to_the_same_bytes_and_names_no_folder(
    film: str, provider: str, tmp_path: Path
) -> None:
    copy = tmp_path / "some where" / film
    shutil.copytree(FILMS[film].parent, copy, ignore=shutil.ignore_patterns(".storyforge", "__pycache__"))
    here, there = (
        json.dumps(compiled_document(compile_file(path, provider)), ensure_ascii=False)
        for path in (FILMS[film], copy / FILMS[film].name)
    )
    assert here == there
    assert str(ROOT) not in here


@pytest.mark.parametrize(("film", "provider"), [pair for pair in PAIRS if pair[1] in HOSTS])
def test_every_request_of_an_example_keeps_to_its_hosts_rules(film: str, provider: str) -> None:
    for one in compile_file(FILMS[film], provider).planned:
        assert one.request is not None
        schema_of(provider).validate(said(one.request))
