"""How pictures reach each host."""

import base64

import pytest

from .asking import TEXT, Asking, data_uri, picture, uuid4

REFERENCES = "/api/v3/alibaba/happyhorse-1.1/reference-to-video"


def accepted_by_wavespeed(ask, address):
    return (
        ask.send("wavespeed", "POST", REFERENCES, {"prompt": "x", "images": [address], "duration": 3}).status_code
        == 200
    )


@pytest.mark.parametrize("given", [data_uri(), data_uri().partition(",")[2]], ids=["data URI", "base64"])
@pytest.mark.parametrize("kind", ["mediaStorage", "imageUpload"])
def test_runware_gives_an_upload_a_uuid_and_an_address(ask, kind, given):
    task = {"taskType": kind, "taskUUID": uuid4()}
    task |= {"operation": "upload", "media": given} if kind == "mediaStorage" else {"image": given}
    (told,) = ask.send("runware", "POST", "", [task]).json()["data"]
    stem = kind[:5]
    assert ask.http.get(told[f"{stem}URL"]).content == picture()
    order = TEXT["runware"][0] | {"inputs": {"referenceImages": [told[f"{stem}UUID"], told[f"{stem}URL"]]}}
    assert ask.order("runware", [order]).status_code == 200


def test_runware_deletes_media(ask):
    task = {"taskType": "mediaStorage", "taskUUID": uuid4(), "operation": "upload", "media": data_uri()}
    (told,) = ask.send("runware", "POST", "", [task]).json()["data"]
    gone = task | {"operation": "delete", "media": told["mediaUUID"]}
    assert ask.send("runware", "POST", "", [gone]).json()["data"][0]["mediaUUID"] == told["mediaUUID"]
    assert ask.send("runware", "POST", "", [gone]).status_code == 404
    order = TEXT["runware"][0] | {"inputs": {"referenceImages": [told["mediaUUID"]]}}
    assert ask.order("runware", [order]).json()["errors"][0]["code"] == "invalidInputImage"


@pytest.mark.parametrize("route", ["/api/v3/media/upload/binary", "/api/v3/upload"])
def test_wavespeed_takes_a_form_with_a_file(ask, route):
    answer = ask.send("wavespeed", "POST", route, files={"file": ("one.png", picture(), "image/png")}).json()["data"]
    assert (answer["filename"], answer["size"], answer["type"]) == ("one.png", len(picture()), "image")
    assert ask.http.get(answer["download_url"]).content == picture()
    assert accepted_by_wavespeed(ask, answer["download_url"])


def test_wavespeed_gives_a_ticket_for_bytes_that_come_without_a_key(ask, emulator):
    body = {"filename": "one.png", "size": len(picture()), "content_type": "image/png"}
    told = ask.send("wavespeed", "POST", "/api/v3/media/uploads", body).json()["data"]
    put = told["upload"]
    assert put["method"] == "PUT"
    assert ask.http.get(told["download_url"]).status_code == 404
    key = {"Authorization": "Bearer key-1"}
    assert ask.http.put(put["url"], content=picture(), headers=put["headers"] | key).status_code == 400
    assert ask.http.put(put["url"], content=b"short", headers=put["headers"]).status_code == 400
    assert ask.http.put(put["url"], content=picture(), headers={"Content-Type": "image/jpeg"}).status_code == 403
    assert (
        ask.http.put(put["url"].replace("sig=", "sig=0"), content=picture(), headers=put["headers"]).status_code == 403
    )
    assert ask.http.put(put["url"], content=picture(), headers=put["headers"]).status_code == 200
    assert ask.http.get(told["download_url"]).content == picture()
    assert accepted_by_wavespeed(ask, told["download_url"])


@pytest.mark.parametrize("files", [{"picture": ("one.png", picture())}, {"file": ("one.txt", b"words")}])
def test_wavespeed_refuses_a_form_without_a_picture(ask, files):
    assert ask.send("wavespeed", "POST", "/api/v3/upload", files=files).status_code == 400


def test_scenario_keeps_a_small_picture_as_an_asset(ask):
    asset = ask.asset(picture(640, 480, "JPEG"))
    told = ask.send("scenario", "GET", f"/assets/{asset}").json()["asset"]
    assert (told["mimeType"], told["kind"], told["properties"]["width"]) == ("image/jpeg", "image", 640)
    assert ask.http.get(told["url"]).content == picture(640, 480, "JPEG")
    assert ask.send("scenario", "DELETE", "/assets", {"assetIds": [asset]}).status_code == 200
    assert ask.order("scenario", {"prompt": "x", "image": asset}).status_code == 400


def test_scenario_knows_assets_by_account(ask, emulator):
    with Asking(emulator, "key-2") as other:
        assert other.order("scenario", {"prompt": "x", "image": ask.asset()}).status_code == 400


@pytest.mark.parametrize(
    "image", ["no base64!", base64.b64encode(b"words").decode(), base64.b64encode(bytes(6_000_000)).decode()]
)
def test_scenario_refuses_what_is_no_small_picture(ask, image):
    assert ask.send("scenario", "POST", "/assets", {"name": "x", "image": image}).status_code == 400


def test_scenario_takes_a_large_picture_in_parts(ask):
    content = picture(1500, 1500, "TIFF")
    half = len(content) // 2
    body = {"kind": "asset", "fileName": "one.tiff", "contentType": "image/tiff", "fileSize": len(content), "parts": 2}
    upload = ask.send("scenario", "POST", "/uploads", body).json()["upload"]
    path = f"/uploads/{upload['id']}"
    assert (upload["status"], [part["number"] for part in upload["parts"]]) == ("pending", [1, 2])
    assert ask.send("scenario", "POST", f"{path}/action", {"action": "complete"}).status_code == 400
    for part, piece in zip(upload["parts"], (content[:half], content[half:]), strict=True):
        assert ask.http.put(part["url"], content=piece, headers={"Authorization": "Basic eA=="}).status_code == 400
        assert ask.http.put(part["url"], content=piece).headers["ETag"]
    told = ask.send("scenario", "POST", f"{path}/action", {"action": "complete"}).json()["upload"]
    assert told["status"] == "validating"
    told = ask.send("scenario", "GET", path).json()["upload"]
    assert told["status"] == "imported"
    assert ask.order("scenario", {"prompt": "x", "image": told["entityId"], "duration": 3}).status_code == 200


def test_scenario_says_when_an_upload_is_no_picture(ask):
    body = {"kind": "asset", "fileName": "one.png", "contentType": "image/png", "fileSize": 5, "parts": 1}
    upload = ask.send("scenario", "POST", "/uploads", body).json()["upload"]
    ask.http.put(upload["parts"][0]["url"], content=b"words")
    told = ask.send("scenario", "POST", f"/uploads/{upload['id']}/action", {"action": "complete"}).json()["upload"]
    assert (told["status"], "entityId" in told) == ("failed", False)
    assert told["errorMessage"]


def test_scenario_imports_from_an_address(ask, emulator):
    address = emulator.desk.links.sign(f"/files/upload/{emulator.desk.store.keep(picture())}.png", 60)
    told = ask.send("scenario", "POST", "/uploads", {"kind": "asset", "url": address}).json()["upload"]
    assert (told["status"], told["source"]) == ("imported", "url")
    assert ask.order("scenario", {"prompt": "x", "image": told["entityId"]}).status_code == 200
