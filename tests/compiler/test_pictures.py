"""Pictures are found, measured and known by their content, and nothing outside a project is read."""

import hashlib
from pathlib import Path

import pytest
from PIL import Image

from storyforge.compiler.pictures import Pictures, is_local
from storyforge.model.clip import Picture


@pytest.fixture
def pictures(tmp_path: Path) -> Pictures:
    (tmp_path / "project" / "film").mkdir(parents=True)
    return Pictures(tmp_path / "project" / "film", tmp_path / "project")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_known_by_its_size_and_its_content(pictures: Pictures, form: str) -> None:
    path = pictures.folder / "mira.picture"
    Image.new("RGB", (640, 480), (90, 60, 120)).save(path, form)
    found = pictures.look("mira.picture")
    assert (found.width, found.height, found.problem) == (640, 480, None)
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert pictures.picture("mira.picture") == Picture("mira.picture", found.sha256)


def test_what_is_no_picture_says_why(pictures: Pictures, tmp_path: Path) -> None:
    Image.new("RGB", (640, 480)).save(tmp_path / "outside.png")
    (pictures.folder / "link.png").symlink_to(tmp_path / "outside.png")
    (pictures.folder / "loop.png").symlink_to("loop.png")
    (pictures.folder / "text.png").write_text("no picture", encoding="utf-8")
    Image.new("RGB", (8, 8)).save(pictures.folder / "moving.gif")
    why = {
        "nowhere.png": "missing",
        "loop.png": "missing",
        "link.png": "outside",
        "../../outside.png": "outside",
        ".": "not-a-file",
        "text.png": "not-a-picture",
        "moving.gif": "not-a-picture",
        "file:///etc/passwd": "not-a-url",
    }
    assert {source: pictures.look(source).problem for source in why} == why


def test_a_picture_that_git_lfs_did_not_fetch_is_known_by_its_content_all_the_same(pictures: Pictures) -> None:
    oid = hashlib.sha256(b"the picture").hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 11\n"
    (pictures.folder / "mira.png").write_text(pointer, encoding="utf-8")
    assert pictures.look("mira.png").problem == "not-fetched"
    assert pictures.picture("mira.png") == Picture("mira.png", oid)


def test_addresses_and_own_ids_are_not_looked_for(pictures: Pictures) -> None:
    for source in ("https://pictures.example/a.png", "HTTP://pictures.example/a.png", "asset:a", "uuid:3f0a"):
        assert not is_local(source)
        assert pictures.picture(source) == Picture(source, None)
    assert is_local("refs/https.png")


def test_a_picture_is_looked_at_once(pictures: Pictures) -> None:
    assert pictures.look("late.png").problem == "missing"
    Image.new("RGB", (8, 8)).save(pictures.folder / "late.png")
    assert pictures.look("late.png").problem == "missing"
