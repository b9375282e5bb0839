"""Two stores and the place between them: a folder, or a bucket of a real server."""

from __future__ import annotations

import pytest
from buckets import bucket, s3_server

from storyforge.system.object_store import Folder
from storyforge.system.store import Store


@pytest.fixture(scope="session")
def server():
    with s3_server() as client:
        yield str(client.base_url).rstrip("/")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "there").mkdir()
    return Folder("share", tmp_path / "there")


@pytest.fixture(params=["folder", "bucket"])
def place(request, tmp_path):
    if request.param == "folder":
        return request.getfixturevalue("folder")
    return bucket(request.getfixturevalue("server"), "share", f"films/{tmp_path.name}")


@pytest.fixture
def ours(tmp_path):
    return Store(tmp_path / "ours" / ".storyforge")


@pytest.fixture
def theirs(tmp_path):
    return Store(tmp_path / "theirs" / ".storyforge")
