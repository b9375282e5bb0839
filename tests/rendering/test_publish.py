"""Publishing: pictures come under public addresses once, and without what a camera wrote into them."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import os
import struct
import sys
import zlib

import buckets
import pytest
from buckets import KEYS, s3_server
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from storyforge.model.errors import CredentialsError, HostError, MediaError, UsageError
from storyforge.model.messages import Upload
from storyforge.rendering.publish import PublicBucket, PublicFolder, find_publisher, prepare_picture
from storyforge.system.download import DeadAddress, download
from storyforge.system.secrets import redact
from storyforge.system.settings import Settings

UPLOAD = Upload("a" * 64 + ".png", "image/png", b"\x89PNG, a picture")


@pytest.fixture(autouse=True)
def _nothing_around(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)


def publisher(tmp_path, section, environment=None, **more):
    (tmp_path / "storyforge.toml").write_text(f"[publish]\n{section}\n")
    return find_publisher(Settings(tmp_path / "a.story.yaml", tmp_path, environment or {}), **more)


# the settings

FOLDER = 'kind = "folder"\nfolder = "/srv/www"\nurl = "https://films.test/refs/"'
BUCKET = 'kind = "bucket"\nurl = "s3://films/refs"'


def test_without_a_section_nothing_is_published(tmp_path):
    assert find_publisher(Settings(tmp_path / "a.story.yaml", tmp_path, {})) is None


def test_a_folder_and_a_bucket_are_read_as_written(tmp_path):
    folder = publisher(tmp_path, FOLDER)
    assert (str(folder.folder), folder.url) == ("/srv/www", "https://films.test/refs")
    published = publisher(tmp_path, BUCKET, KEYS | {"AWS_REGION": "eu-west-1"})
    bucket = published.bucket
    assert (bucket.bucket, bucket.prefix, bucket.region) == ("films", "refs", "eu-west-1")
    assert (bucket.endpoint, published.expires) == (None, 6 * 3600)
    assert "a-secret-for-tests" not in repr(published)


def test_a_relative_folder_lies_beside_the_settings_or_is_a_mistake(tmp_path):
    section = 'kind = "folder"\nfolder = "site/refs"\nurl = "https://films.test"'
    assert publisher(tmp_path, section, base=tmp_path).folder == tmp_path / "site/refs"
    with pytest.raises(UsageError, match="whole path"):
        publisher(tmp_path, section)


@pytest.mark.parametrize(
    ("section", "message", "hint"),
    [
        ('url = "https://a.test"', "`publish.kind` is missing", "bucket"),
        ('kind = "buckte"', "`publish.kind` is `buckte`", "did you mean `bucket`?"),
        ('kind = "ftp"', "`publish.kind` is `ftp`", 'write `kind = "folder"`'),
        ("kind = 3", "`publish.kind` is `3`", "write"),
        (f'{FOLDER}\nfoldr = "b"', "`publish.foldr` is not known of a folder", "did you mean `folder`?"),
        (f'{BUCKET}\nregoin = "b"', "`publish.regoin` is not known of a bucket", "did you mean `region`?"),
        (f'{FOLDER}\nregion = "b"', "belongs to another kind", "known are kind, folder, url"),
        (f'{BUCKET}\naccess_key_id = "AKIA"', "`publish.access_key_id` is not known", "known are"),
        ('kind = "folder"\nurl = "https://a.test"', "`publish.folder` is missing", "folder"),
        ('kind = "folder"\nfolder = "/srv"', "`publish.url` is missing", "seen from outside"),
        ('kind = "folder"\nfolder = 3\nurl = "https://a.test"', "`publish.folder` is `3`, not text", "quotes"),
        ('kind = "folder"\nfolder = "/srv"\nurl = "http://a.test"', "not https", "https://"),
        ('kind = "folder"\nfolder = "/srv"\nurl = "file:///srv"', "not https", "https://"),
        ('kind = "folder"\nfolder = "/srv"\nurl = "https://u:p@a.test"', "more than an address", "leave out"),
        ('kind = "folder"\nfolder = "/srv"\nurl = "https://a.test?x=1"', "more than an address", "leave out"),
        ('kind = "folder"\nfolder = "/srv"\nurl = "https://[a"', "no address", "https://"),
        ('kind = "bucket"\nurl = "https://a.test"', "no bucket", "s3://bucket/prefix"),
        ('kind = "bucket"\nurl = "s3://"', "no bucket", "s3://bucket/prefix"),
        ('kind = "bucket"\nurl = "s3://films/../other"', "no bucket", "s3://bucket/prefix"),
        (f"{BUCKET}\nexpires = 5", "`publish.expires` is `5`", "from 60 to 604800"),
        (f"{BUCKET}\nexpires = 604801", "`publish.expires`", "from 60 to 604800"),
        (f"{BUCKET}\nexpires = true", "`publish.expires`", "whole number"),
        (f'{BUCKET}\nexpires = "6h"', "`publish.expires`", "whole number"),
        (f'{BUCKET}\nendpoint = "http://a.test"', "`publish.endpoint`", "https://"),
        (f"{BUCKET}\nregion = 3", "`publish.region` is `3`, not text", "quotes"),
    ],
)
def test_a_section_that_cannot_be_meant_is_a_mistake(tmp_path, section, message, hint):
    with pytest.raises(UsageError) as mistake:
        publisher(tmp_path, section)
    assert message in str(mistake.value)
    assert hint in mistake.value.hint


# a folder


def test_a_picture_is_written_to_the_folder_once_and_its_address_given(tmp_path):
    folder = PublicFolder(tmp_path, "https://films.test/refs")
    placed = folder.publish(UPLOAD)
    assert placed.address == f"https://films.test/refs/{UPLOAD.name}"
    assert placed.seconds is None
    written = (tmp_path / UPLOAD.name).stat()
    assert folder.publish(UPLOAD) == placed
    assert (tmp_path / UPLOAD.name).stat() == written
    assert [path.name for path in tmp_path.iterdir()] == [UPLOAD.name]


def test_a_picture_that_was_cut_short_in_the_folder_is_written_anew(tmp_path):
    (tmp_path / UPLOAD.name).write_bytes(UPLOAD.content[:3])
    PublicFolder(tmp_path, "https://films.test").publish(UPLOAD)
    assert (tmp_path / UPLOAD.name).read_bytes() == UPLOAD.content


def test_a_folder_that_is_not_there_is_a_mistake_and_is_not_made(tmp_path):
    for act in (lambda folder: folder.ready(), lambda folder: folder.publish(UPLOAD)):
        with pytest.raises(UsageError, match="no folder"):
            act(PublicFolder(tmp_path / "none", "https://films.test"))
    assert list(tmp_path.iterdir()) == []


# a bucket


@pytest.fixture(scope="module")
def store():
    with s3_server() as client:
        yield client


def bucket(store, **more):
    return PublicBucket(buckets.bucket(str(store.base_url).rstrip("/"), **more), 600)


def test_a_picture_is_put_into_the_bucket_once_under_an_address_that_anybody_can_fetch(store, tmp_path):
    first, second = bucket(store).publish(UPLOAD), bucket(store).publish(UPLOAD)
    assert first.seconds == 600
    asyncio.run(download(first.address, tmp_path / "a.png", loopback=True))
    assert (tmp_path / "a.png").read_bytes() == UPLOAD.content
    assert store.get(second.address).headers["content-type"] == "image/png"
    assert second.address.partition("?")[0] == first.address.partition("?")[0]


def test_an_address_is_signed_for_its_time_and_hidden_in_messages(store):
    address = bucket(store).publish(UPLOAD).address
    assert "X-Amz-Expires=600" in address
    assert "X-Amz-Signature=" in address
    assert KEYS["AWS_SECRET_ACCESS_KEY"] not in address
    assert store.get(address.partition("?")[0]).status_code == 403
    assert redact(address) == f"{address.partition('?')[0]}?***"


def test_a_bucket_without_a_prefix_and_with_a_session_works_too(store):
    address = bucket(store, keys={**KEYS, "AWS_SESSION_TOKEN": "a-session-token"}, prefix="").publish(UPLOAD).address
    assert f"/films/{UPLOAD.name}?" in address
    assert "X-Amz-Security-Token=a-session-token" in address
    assert store.get(address).status_code == 200


def test_a_bucket_that_is_not_there_is_said_in_the_words_of_the_store(store):
    with pytest.raises(HostError, match="cannot be published to the bucket `other`") as fault:
        bucket(store, bucket="other").publish(UPLOAD)
    assert "NoSuchBucket" in str(fault.value)
    assert "Debug" not in str(fault.value)
    assert "a-secret" not in str(fault.value)


def test_a_picture_that_was_taken_away_is_a_dead_address(store, tmp_path):
    import obstore

    address = bucket(store).publish(UPLOAD).address
    obstore.delete(bucket(store).bucket.store(), UPLOAD.name)
    with pytest.raises(DeadAddress):
        asyncio.run(download(address, tmp_path / "a.png", loopback=True))


def test_a_bucket_without_keys_says_which_are_missing_before_anything_is_sent(tmp_path):
    made = publisher(tmp_path, BUCKET, {"AWS_ACCESS_KEY_ID": "AKIAFORTESTS"})
    for act in (made.ready, lambda: made.publish(UPLOAD)):
        with pytest.raises(CredentialsError, match="`AWS_SECRET_ACCESS_KEY` not set"):
            act()


def test_a_bucket_without_the_package_says_how_it_is_installed(tmp_path, monkeypatch):
    made = publisher(tmp_path, BUCKET, KEYS)
    for name in ("obstore", "obstore.store", "obstore.exceptions"):
        monkeypatch.setitem(sys.modules, name, None)
    for act in (made.ready, lambda: made.publish(UPLOAD)):
        with pytest.raises(UsageError, match="obstore") as mistake:
            act()
        assert "pip install 'storyforge-film[publish]'" in mistake.value.hint


def refusing(status, body, times):
    """A store that refuses every conditional write, or everything."""
    import http.server

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_PUT(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            times.append(self.headers.get("If-None-Match"))
            refused = status != 501 or self.headers.get("If-None-Match")
            self.send_response(status if refused else 200)
            self.send_header("ETag", '"1"')
            self.send_header("Content-Length", str(len(body) if refused else 0))
            self.end_headers()
            self.wfile.write(body if refused else b"")

        def log_message(self, *_):
            pass

    return http.server.HTTPServer(("127.0.0.1", 0), Handler)


@contextlib.contextmanager
def running(server):
    import threading

    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def local(endpoint):
    return PublicBucket(buckets.bucket(endpoint, prefix="", region="auto"), 600)


def test_keys_that_a_store_does_not_accept_are_a_matter_of_credentials():
    body = b"<Error><Code>InvalidAccessKeyId</Code><Message>no such key AKIAFORTESTS</Message></Error>"
    with running(refusing(403, body, [])) as endpoint, pytest.raises(CredentialsError) as fault:
        local(endpoint).publish(UPLOAD)
    assert "AKIAFORTESTS" not in str(fault.value)
    assert "\n" not in str(fault.value)


def test_a_store_that_knows_no_conditional_write_is_written_to_plainly():
    asked = []
    with running(refusing(501, b"<Error><Code>NotImplemented</Code></Error>", asked)) as endpoint:
        placed = local(endpoint).publish(UPLOAD)
    assert placed.address.startswith(f"{endpoint}/films/{UPLOAD.name}?")
    assert (asked[0], asked[-1]) == ("*", None)


# a picture as it is uploaded


def pixels(content):
    with Image.open(io.BytesIO(content)) as image:
        return image.convert("RGBA").tobytes(), image.size


def drawn(size=(48, 32), mode="RGB"):
    image = Image.radial_gradient("L").resize(size)
    image = Image.merge("RGB", (image, image.rotate(30), image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)))
    image.paste((200, 30, 30), (0, 0, size[0] // 2, size[1] // 2))
    return image.convert(mode)


SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">TELLTALE</x:xmpmeta>'


def exif(orientation=None):
    tags = Image.Exif()
    tags[0x010F] = "TELLTALE camera"
    tags.get_ifd(0x8825)[29] = "TELLTALE place"
    if orientation:
        tags[0x0112] = orientation
    return tags.tobytes()


def jpeg(orientation=None, **more):
    written = io.BytesIO()
    options = {
        "exif": exif(orientation),
        "icc_profile": SRGB,
        "comment": b"TELLTALE",
        "xmp": XMP,
        "quality": 90,
        **more,
    }
    drawn().save(written, "JPEG", **options)
    return written.getvalue()


def png(orientation=None, mode="RGBA"):
    written, words = io.BytesIO(), PngInfo()
    words.add_text("Comment", "TELLTALE")
    words.add_itxt("XML:com.adobe.xmp", XMP.decode())
    words.add(b"tIME", struct.pack(">H5B", 2026, 1, 2, 3, 4, 5))
    words.add(b"teLL", b"TELLTALE")
    drawn(mode=mode).save(written, "PNG", exif=exif(orientation), icc_profile=SRGB, pnginfo=words)
    return written.getvalue()


def webp(orientation=None, lossless=True):
    written = io.BytesIO()
    drawn().save(written, "WEBP", exif=exif(orientation), xmp=XMP, icc_profile=SRGB, lossless=lossless)
    return written.getvalue()


PICTURES = [
    pytest.param(jpeg, "image/jpeg", "jpg", id="jpeg"),
    pytest.param(lambda *o: jpeg(*o, progressive=True), "image/jpeg", "jpg", id="progressive"),
    pytest.param(png, "image/png", "png", id="png"),
    pytest.param(lambda *o: png(*o, mode="RGB"), "image/png", "png", id="plain-png"),
    pytest.param(webp, "image/webp", "webp", id="webp"),
    pytest.param(lambda *o: webp(*o, lossless=False), "image/webp", "webp", id="lossy-webp"),
]


@pytest.mark.parametrize(("make", "media_type", "ending"), PICTURES)
def test_place_camera_and_words_are_stripped_and_no_pixel_changes(make, media_type, ending, tmp_path):
    content = make()
    assert b"TELLTALE" in content
    (tmp_path / "mira.bin").write_bytes(content)
    upload = prepare_picture(tmp_path / "mira.bin")
    assert upload == prepare_picture(content)
    assert upload.name == f"{hashlib.sha256(content).hexdigest()}.{ending}"
    assert upload.media_type == media_type
    assert b"TELLTALE" not in upload.content
    assert pixels(upload.content) == pixels(content)
    with Image.open(io.BytesIO(upload.content)) as image:
        assert not dict(image.getexif())
        assert image.info["icc_profile"] == SRGB
        assert not {"comment", "xmp", "exif", "Comment", "XML:com.adobe.xmp"} & set(image.info)


@pytest.mark.parametrize(("make", "media_type", "ending"), PICTURES)
@pytest.mark.parametrize("orientation", [2, 3, 6, 8])
def test_a_picture_on_its_side_is_turned_and_says_so_no_longer(make, media_type, ending, orientation):
    from PIL import ImageChops, ImageOps

    content = make(orientation)
    upload = prepare_picture(content)
    assert b"TELLTALE" not in upload.content
    assert upload == prepare_picture(content)
    with Image.open(io.BytesIO(content)) as before, Image.open(io.BytesIO(upload.content)) as after:
        due = ImageOps.exif_transpose(before).convert("RGB")
        assert (after.size, after.format) == (due.size, before.format)
        assert not dict(after.getexif())
        assert after.info["icc_profile"] == SRGB
        most = max(high for _, high in ImageChops.difference(due, after.convert("RGB")).getextrema())
    assert most == 0 if media_type == "image/png" or make is webp else most < 64


def test_a_webp_no_longer_says_that_it_holds_what_went():
    flags = prepare_picture(webp()).content[20]
    assert webp()[20] & 0b1100 == 0b1100
    assert flags & 0b1100 == 0
    assert flags & 0b100000  # the colour profile


def test_what_a_camera_appends_behind_a_picture_goes_too():
    for content in (jpeg(), png(), webp()):
        assert (
            prepare_picture(content + b"a film of the moment, at 52.5 north").content
            == prepare_picture(content).content
        )


def test_a_thumbnail_inside_a_jpeg_goes_too():
    content = jpeg(exif=b"", xmp=b"", comment=b"")
    thumbnail = b"JFIF\0\1\1\0\0\1\0\1\2\2" + b"thumbnail-12"
    swollen = content[:2] + b"\xff\xe0" + struct.pack(">H", 2 + len(thumbnail)) + thumbnail + content[20:]
    upload = prepare_picture(swollen)
    assert b"thumbnail" not in upload.content
    assert pixels(upload.content) == pixels(content)


def test_a_jpeg_with_four_inks_keeps_the_order_of_its_colours():
    written = io.BytesIO()
    drawn(mode="CMYK").save(written, "JPEG", quality=90)
    upload = prepare_picture(written.getvalue())
    assert b"Adobe" in upload.content
    assert pixels(upload.content) == pixels(written.getvalue())


def test_a_clean_picture_stays_byte_for_byte():
    written = io.BytesIO()
    drawn().save(written, "PNG")
    assert prepare_picture(written.getvalue()).content == written.getvalue()
    assert prepare_picture(prepare_picture(jpeg()).content).content == prepare_picture(jpeg()).content


def test_a_jpeg_whose_parts_cannot_be_told_apart_is_encoded_anew():
    content = jpeg()
    at = content.index(b"\xff\xe1")
    odd = content[:at] + b"\0\0\0TELLTALE" + content[at:]
    upload = prepare_picture(odd)
    assert b"TELLTALE" not in upload.content
    assert pixels(upload.content)[1] == (48, 32)


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"<svg/>", b"RIFF\0\0\0\0WAVE", b"BM1234"])
def test_what_is_no_picture_of_the_three_forms_is_refused(content):
    with pytest.raises(MediaError, match="no JPEG, PNG or WEBP"):
        prepare_picture(content)


def test_a_picture_that_is_not_there_is_said(tmp_path):
    with pytest.raises(MediaError, match=r"`a\.png` cannot be read"):
        prepare_picture(tmp_path / "a.png")


@pytest.mark.parametrize("make", [jpeg, png, webp])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(4, 6000), byte=st.integers(0, 255))
def test_a_damaged_picture_is_refused_or_still_a_picture_without_words(make, cut, byte):
    content = make()
    cut = cut % len(content)
    for damaged in (content[:cut], content[:cut] + bytes([byte]) + content[cut + 1 :]):
        with contextlib.suppress(MediaError):
            assert b"TELLTALE camera" not in prepare_picture(damaged).content


def test_a_png_that_claims_to_be_gigantic_is_refused():
    head = struct.pack(">II5B", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I4s", len(head), b"IHDR") + head
    bomb = b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", zlib.crc32(chunk[4:]))
    with pytest.raises(MediaError, match="too large"):
        prepare_picture(bomb)
