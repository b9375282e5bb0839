"""The document of `compile --format json`: a contract with programs."""

from projects import project

from storyforge.compiler.compile import compile_file
from storyforge.reports.compiled_document import compiled_document


def test_the_document_has_the_fields_of_the_contract(tmp_path):
    made = compiled_document(compile_file(project(tmp_path), "runware"))
    assert list(made) == ["storyforge", "title", "provider", "model", "clips", "film", "diagnostics"]
    assert (made["provider"], made["model"]) == ("runware", "alibaba:happyhorse@1.1")
    first, second, third = made["clips"]
    assert list(first) == [
        "id", "shots", "scene", "seconds", "mode", "references", "first_frame", "prompt", "characters", "limit", "seed",
        "take", "after", "why", "request", "fingerprint", "seconds_billed", "usd",
    ]  # fmt: skip
    assert first["references"][1] == {
        "slot": 2,
        "kind": "scene",
        "id": "pier",
        "look": None,
        "source": "refs/pier.png",
        "sha256": first["references"][1]["sha256"],
    }
    assert (third["first_frame"], third["after"], third["mode"]) == ({"after": "call"}, ["call"], "combined")
    assert made["film"] == {"seconds": 8.5, "usd": 1.26, "usd_known": True}
    body = second["request"]["json"]
    assert isinstance(body, list)
    assert body[0]["inputs"]["referenceImages"][0] == "sf:sha256:" + second["references"][0]["sha256"]


def test_a_host_without_a_price_says_so(tmp_path):
    made = compiled_document(compile_file(project(tmp_path), "hiapi"))
    assert made["film"]["usd"] is None
    assert made["film"]["usd_known"] is False
    assert all(clip["seed"] is None and clip["usd"] is None for clip in made["clips"])


def test_a_file_without_a_storyboard_has_findings_and_no_clips(tmp_path):
    path = tmp_path / "film.story.yaml"
    path.write_text("- a list\n", encoding="utf-8")
    made = compiled_document(compile_file(path))
    assert (made["title"], made["provider"], made["clips"]) == (None, "offline", [])
    assert made["film"] == {"seconds": 0.0, "usd": 0, "usd_known": True}
    assert [found["name"] for found in made["diagnostics"]] == ["not-a-mapping"]
