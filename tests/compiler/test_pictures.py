"""Pictures are found, measured and known by their content, and nothing outside a project is read."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from storyforge.compiler.pictures import PictureCache, Pictures, is_local
from storyforge.model.clip import Picture


@pytest.fixture
def pictures(tmp_path: Path) -> PictureCache:
    (tmp_path / "project" / "film").mkdir(parents=True)
    return PictureCache(Pictures(tmp_path / "project" / "film", (tmp_path / "project").resolve()))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_known_by_its_size_and_its_content(pictures: PictureCache, form: str) -> None:
    path = pictures.folder / "mira.picture"
    Image.new("RGB", (640, 480), (90, 60, 120)).save(path, form)
    found = pictures.look("mira.picture")
    assert (found.width, found.height, found.problem) == (640, 480, None)
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert pictures.picture("mira.picture") == Picture("mira.picture", found.sha256)


@pytest.mark.parametrize("shape", [{"lossless": True}, {"exif": b"Exif\0\0"}, {"save_all": True}])
def test_the_size_of_a_webp_is_read_without_a_decoder(pictures: PictureCache, shape: dict[str, Any]) -> None:
    frames = [Image.new("RGB", (641, 359), colour) for colour in ("red", "blue")]
    more = {"append_images": frames[1:]} if "save_all" in shape else {}
    frames[0].save(pictures.folder / "a.webp", **shape, **more)
    found = pictures.look("a.webp")
    assert (found.width, found.height, found.problem) == (641, 359, None)
    (pictures.folder / "b.webp").write_bytes((pictures.folder / "a.webp").read_bytes()[:20])
    assert pictures.look("b.webp").problem == "not-a-picture"


def test_a_picture_of_more_pixels_than_are_read_is_told(pictures: PictureCache) -> None:
    for name, size in (("most.png", (6000, 6000)), ("more.png", (6000, 6001))):
        Image.new("1", size).save(pictures.folder / name)
    assert pictures.look("most.png").problem is None
    assert pictures.look("more.png").problem == "too-many-pixels"


def test_what_is_no_picture_says_why(pictures: PictureCache, tmp_path: Path) -> None:
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


def test_a_picture_that_git_lfs_did_not_fetch_is_known_by_its_content_all_the_same(pictures: PictureCache) -> None:
    oid = hashlib.sha256(b"the picture").hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 11\n"
    (pictures.folder / "mira.png").write_text(pointer, encoding="utf-8")
    assert pictures.look("mira.png").problem == "not-fetched"
    assert pictures.picture("mira.png") == Picture("mira.png", oid)


def test_addresses_and_own_ids_are_not_looked_for(pictures: PictureCache) -> None:
    for source in ("https://pictures.example/a.png", "HTTP://pictures.example/a.png", "asset:a", "uuid:3f0a"):
        assert not is_local(source)
        assert pictures.picture(source) == Picture(source, None)
    assert is_local("refs/https.png")


def test_a_picture_is_looked_at_once(pictures: PictureCache) -> None:
    assert pictures.look("late.png").problem == "missing"
    Image.new("RGB", (8, 8)).save(pictures.folder / "late.png")
    assert pictures.look("late.png").problem == "missing"


def test_what_was_seen_stays_as_it_was_and_what_was_not_is_looked_at_then(pictures: PictureCache) -> None:
    pictures.look("late.png")
    seen = pictures.seen()
    for name in ("late.png", "later.png"):
        Image.new("RGB", (8, 8)).save(pictures.folder / name)
    pictures.look("later.png")
    assert list(seen.files) == ["late.png"]
    assert list(seen.read.values()) == [None]
    assert [seen.look(name).problem for name in ("late.png", "later.png")] == ["missing", None]
    assert list(seen.files) == ["late.png"]
