"""A film's provenance tells what each clip was made from, and nothing that is nobody's business."""

from __future__ import annotations

import hashlib
import json
from itertools import repeat

import pytest
from projects import HEAD, Hosted, edited, project, storyforge

from film.cards import card
from storyforge.film.origin import C2PA_BOX
from storyforge.film.provenance import provenance
from storyforge.film.tags import COMPOSITE, GENERATED, Tags

SHOTS = """\
  - {id: call, scene: pier, action: "@bo calls.", seconds: 3}
  - {id: boat, scene: pier, action: "@ana looks.", seconds: 3, continues: call}
  - {id: hut, scene: hut, action: "@ana waits.", seconds: 3}
"""
TOLD = HEAD.replace("scenes:\n", "scenes:\n  hut: {reference: 'https://user:word@example.com/hut.png?sig=secret'}\n")


@pytest.fixture(scope="module")
def takes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("takes")
    plain = card(folder / "plain.mp4", frames=72)
    marked = folder / "marked.mp4"
    manifest = C2PA_BOX + b"manifest"
    box = (8 + len(manifest)).to_bytes(4, "big") + b"uuid" + manifest
    marked.write_bytes(plain.read_bytes() + box + Tags("x", aigc='{"Label": "1"}').box)
    return [marked, plain, plain]


def told(film):
    return provenance(film.compiled(), film.timeline(), "f" * 64)


def test_each_clip_tells_who_made_it_from_what(takes, tmp_path):
    film = Hosted(project(tmp_path, SHOTS, TOLD), takes)
    first, second, third = told(film)["clips"]
    one = film.compiled().planned[0]
    assert (first["id"], first["shots"], first["seconds"]) == ("call", ["call"], 3)
    assert (first["provider"], first["model"]) == ("runware", "alibaba:happyhorse@1.1")
    assert first["take"] == hashlib.sha256(takes[0].read_bytes()).hexdigest()
    assert first["prompt_sha256"] == hashlib.sha256(one.prompt.text.encode()).hexdigest()
    assert (first["date"], first["seed"], first["digital_source_type"]) == ("2026-05-01", one.job.seed, GENERATED)
    bo = hashlib.sha256((tmp_path / "refs" / "bo.png").read_bytes()).hexdigest()
    assert first["references"][0] == {"kind": "character", "id": "bo", "look": None, "sha256": bo}
    assert second["first_frame"] == {"after": "call"}
    assert third["references"][-1]["source"] == "https://example.com/hut.png"


def test_what_a_take_says_of_itself_is_kept(takes, tmp_path):
    film = Hosted(project(tmp_path, SHOTS, TOLD), takes)
    first, second, _ = told(film)["clips"]
    assert first["c2pa_sha256"] == hashlib.sha256(C2PA_BOX + b"manifest").hexdigest()
    assert first["aigc"] == '{"Label": "1"}'
    assert (second["c2pa_sha256"], second["aigc"]) == (None, None)


def test_the_film_adds_up_its_takes_and_says_where_a_cost_is_unknown(takes, tmp_path):
    film = Hosted(project(tmp_path, SHOTS, TOLD), takes)
    document = told(film)
    assert (document["title"], document["film"]["sha256"]) == ("The Ferry", "f" * 64)
    assert (document["film"]["frames"], document["digital_source_type"]) == (216, COMPOSITE)
    assert (document["usd"], document["usd_known"]) == (0.0, False)


def test_a_take_that_was_accepted_tells_the_words_it_was_rendered_from(takes, tmp_path):
    film = Hosted(project(tmp_path, SHOTS, TOLD), repeat(takes[1]))
    before = told(film)["clips"][2]
    edited(film.path, "@ana waits.", "@ana sleeps.")
    storyforge("accept", film.path, "hut", "--provider", "runware", cwd=tmp_path)
    after = told(film)["clips"][2]
    assert after["prompt_sha256"] == before["prompt_sha256"]
    assert (before["accepted_for_other_words"], after["accepted_for_other_words"]) == (False, True)


@pytest.mark.slow
def test_it_stands_beside_every_film_and_knows_it_by_its_bytes(tmp_path):
    path = project(tmp_path)
    assert storyforge("render", path, "-o", "film.mp4", "--draft", cwd=tmp_path).returncode == 0
    text = (tmp_path / "film.provenance.json").read_text(encoding="utf-8")
    document = json.loads(text)
    assert document["film"]["sha256"] == hashlib.sha256((tmp_path / "film.mp4").read_bytes()).hexdigest()
    assert {clip["provider"] for clip in document["clips"]} == {"offline"}
    assert (document["digital_source_type"], document["usd"], document["usd_known"]) == (None, 0.0, True)
    assert str(tmp_path) not in text
    assert "Take it." not in text
