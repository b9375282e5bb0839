"""The door to object stores: an object is there whole or not at all, and what goes wrong is said without a key."""

from __future__ import annotations

import contextlib
import http.server
import socket
import sys
import threading
from pathlib import Path

import httpx
import pytest
from buckets import KEYS, bucket, s3_server

from storyforge.model.errors import CredentialsError, HostError, UsageError
from storyforge.system.http import OutOfReach
from storyforge.system.object_store import PART, Bucket, Folder, Objects, find_place, read_section
from storyforge.system.project import find_trust
from storyforge.system.settings import Settings

KINDS = {"folder": ("kind", "folder"), "bucket": ("kind", "url", "endpoint", "region")}


@pytest.fixture(scope="module")
def server():
    with s3_server() as client:
        yield str(client.base_url).rstrip("/")


@pytest.fixture(params=["folder", "bucket"])
def place(request, tmp_path):
    if request.param == "folder":
        (tmp_path / "there").mkdir()
        return Folder("share", tmp_path / "there")
    return bucket(request.getfixturevalue("server"), "share", f"films/{tmp_path.name}")


def put(objects: Objects, name: str, content: bytes) -> None:
    objects.put(name, iter([content]), len(content))


def content(objects: Objects, name: str, size: int) -> bytes:
    return b"".join(objects.read(name, size))


def section(tmp_path: Path, text: str):
    (tmp_path / "storyforge.toml").write_text(f"[share]\n{text}\n")
    find_trust(tmp_path).allow()
    settings = Settings(tmp_path / "a.story.yaml", tmp_path, KEYS)
    return read_section(settings, "share", KINDS)


# the settings


def test_a_section_describes_a_folder_or_a_bucket(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert section(tmp_path, "") is None
    read = section(tmp_path, 'kind = "folder"\nfolder = "films"')
    assert find_place(read, {}, tmp_path) == Folder("share", tmp_path / "films")
    read = section(tmp_path, 'kind = "bucket"\nurl = "s3://films/ours/"\nregion = "eu-central-1"')
    found = find_place(read, KEYS | {"AWS_REGION": "eu-west-1"}, tmp_path)
    keys = {**KEYS, "AWS_SESSION_TOKEN": ""}
    assert found == Bucket("share", "films", "ours", None, "eu-central-1", keys)
    assert "a-secret-for-tests" not in repr(found)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('kind = "buckte"', "`share.kind` is `buckte`"),
        ('folder = "a"', "`share.kind` is missing"),
        ('kind = "folder"', "`share.folder` is missing"),
        ('kind = "folder"\nfolder = "a"\nurl = "b"', "`share.url` is not known of a folder; it belongs to another"),
        ('kind = "bucket"\nurl = "films"', "`share.url` is `films`, no bucket"),
        ('kind = "bucket"\nurl = "s3://films"\nendpoint = "http://a.test"', "`share.endpoint` is `http://a.test`"),
        ('kind = "bucket"\nurl = "s3://films"\nsecret_access_key = "k"', "`share.secret_access_key` is not known"),
    ],
)
def test_a_section_that_cannot_be_meant_is_a_mistake_of_its_own_name(tmp_path, monkeypatch, text, message):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with pytest.raises(UsageError) as mistake:
        find_place(section(tmp_path, text), KEYS, tmp_path)
    assert message in str(mistake.value)
    assert mistake.value.hint


# the objects


def test_an_object_of_several_parts_comes_back_as_it_was(place):
    film = bytes(range(256)) * 50_000
    objects = Objects(place)
    assert objects.list_objects("takes") == {}
    objects.put("takes/a.mp4", (film[start : start + PART] for start in range(0, len(film), PART)), len(film))
    put(objects, "slates/a.json", b"{}")
    assert objects.list_objects("takes") == {"takes/a.mp4": len(film)}
    assert [len(part) for part in objects.read("takes/a.mp4", len(film))] == [PART, PART, len(film) - 2 * PART]
    assert content(objects, "takes/a.mp4", len(film)) == film


def test_an_object_takes_the_place_of_what_has_its_name(place):
    objects = Objects(place)
    for written in (b"cut sh", b"whole"):
        put(objects, "takes/a.mp4", written)
    assert content(objects, "takes/a.mp4", 5) == b"whole"


def test_a_large_object_is_not_held_in_memory_before_it_is_sent(tmp_path):
    written = []

    def parts():
        for _ in range(30):
            written.append(sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()))
            yield b"x" * PART

    Objects(Folder("share", tmp_path)).put("takes/a.mp4", parts(), 30 * PART)
    assert written[0] == 0
    assert written[-1] > 0


@pytest.mark.parametrize("parts", [1, 3])
def test_an_object_whose_parts_do_not_all_come_is_not_there_and_leaves_nothing_behind(request, place, tmp_path, parts):
    def breaking():
        for _ in range(parts):
            yield b"x" * PART
        raise UsageError("the file is another")

    objects = Objects(place)
    with pytest.raises(UsageError, match="the file is another"):
        objects.put("takes/a.mp4", breaking(), (parts + 1) * PART)
    assert objects.list_objects("takes") == {}
    if isinstance(place, Bucket):
        with httpx.Client(base_url=request.getfixturevalue("server"), trust_env=False) as client:
            assert "<Upload>" not in client.get("/films?uploads").text
    else:
        assert [path for path in place.folder.rglob("*") if path.is_file()] == []


def test_an_object_that_is_not_there_or_too_short_is_said(place):
    objects = Objects(place)
    put(objects, "takes/a.mp4", b"short")
    with pytest.raises(HostError, match=r"`takes/b\.mp4` cannot be fetched from the (folder|bucket) `"):
        content(objects, "takes/b.mp4", 6)
    with pytest.raises(HostError, match=r"`takes/a\.mp4` was cut short"):
        content(objects, "takes/a.mp4", 6)


def test_an_object_that_cannot_be_written_is_said_on_one_line(tmp_path):
    (tmp_path / "takes").write_text("a file where a folder should be")
    with pytest.raises(HostError, match=r"`takes/a\.mp4` cannot be brought to the folder") as fault:
        put(Objects(Folder("share", tmp_path)), "takes/a.mp4", b"film")
    assert "\n" not in str(fault.value)
    assert "Debug" not in str(fault.value)


def test_a_folder_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(UsageError, match=r"`share\.folder` is `.*films`, which is no folder"):
        Objects(Folder("share", tmp_path / "films"))
    assert list(tmp_path.iterdir()) == []


def test_a_bucket_that_is_not_there_is_said_in_the_words_of_the_store(server):
    with pytest.raises(HostError, match=r"the bucket `other` cannot be listed.*NoSuchBucket") as fault:
        Objects(bucket(server, "share", bucket="other")).list_objects("takes")
    assert not isinstance(fault.value, OutOfReach)


def test_a_bucket_nobody_answers_for_is_out_of_reach():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        endpoint = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(OutOfReach) as fault:
            Objects(bucket(endpoint, "share")).list_objects("takes")
    assert str(fault.value) == f"the bucket `films` is out of reach at {endpoint}"
    assert fault.value.exit_code == 5
    assert "`[share]`" in fault.value.hint


@contextlib.contextmanager
def closed():
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = b"<Error><Code>SignatureDoesNotMatch</Code><Message>not a-secret-for-tests \x1b[2J</Message></Error>"
            self.send_response(403)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as web:
        thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{web.server_address[1]}"
        web.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("Error after 3 retries in 403.8ms - HTTP error: error sending request", OutOfReach),
        ("Error in 401.2ms, status code 500", HostError),
        ("Client error with status 403 Forbidden, in 12.5ms", CredentialsError),
    ],
)
def test_a_time_is_not_taken_for_a_status(words, error):
    assert type(bucket("http://127.0.0.1:1").explain_fault(words, "nothing was fetched")) is error


def test_keys_that_are_not_accepted_are_a_matter_of_credentials_and_not_shown():
    with closed() as endpoint, pytest.raises(CredentialsError, match="does not accept the keys") as fault:
        Objects(bucket(endpoint, "share")).list_objects("takes")
    assert "SignatureDoesNotMatch" in str(fault.value)
    assert "a-secret-for-tests" not in str(fault.value)
    assert "\x1b" not in str(fault.value)


def test_a_bucket_without_keys_is_closed_before_anything_is_sent():
    for name in KEYS:
        with pytest.raises(CredentialsError, match=f"`{name}` not set"):
            Objects(bucket("http://127.0.0.1:1", "share", keys={**KEYS, name: ""}))


def test_without_the_package_it_is_said_how_it_is_installed(tmp_path, monkeypatch):
    for name in ("obstore", "obstore.store", "obstore.exceptions"):
        monkeypatch.setitem(sys.modules, name, None)
    for place in (Folder("share", tmp_path), bucket("http://127.0.0.1:1", "share")):
        with pytest.raises(UsageError, match="`\\[share\\]` needs the package obstore") as mistake:
            Objects(place)
        assert "pip install 'storyforge-film[share]'" in mistake.value.hint
