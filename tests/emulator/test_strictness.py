"""What each host accepts and what it refuses, and in which words."""

import json

import pytest

from .asking import ABSENT, HOSTS, ORDERS, TEXT, Asking, changed, data_uri, picture, uuid4

WEB = "https://pictures.example/one.png"
LONG = "x" * 2501


@pytest.mark.parametrize("named", [None, "text/plain", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("host", HOSTS)
def test_json_that_is_not_named_so_is_refused(asking, host, named):
    headers = {"Content-Type": named} if named else {}
    sent = asking.send(host, "POST", ORDERS[host], headers=headers, content=json.dumps(TEXT[host]))
    assert sent.status_code == 415
    assert "not as `application/json`" in sent.text


RUNWARE = {
    "taskType": "videoInference", "taskUUID": "", "model": "alibaba:happyhorse@1.1", "positivePrompt": "A lamp.",
    "width": 1280, "height": 720, "duration": 3,
}  # fmt: skip
FRAMED = changed(changed(changed(RUNWARE, ["width"], ABSENT), ["height"], ABSENT), ["inputs"], {"frameImages": [WEB]})
REFERRED = changed(RUNWARE, ["inputs"], {"referenceImages": [WEB, WEB]})

RUNWARE_GOOD = {
    "text": RUNWARE,
    "no duration": changed(RUNWARE, ["duration"], ABSENT),
    "first frame": FRAMED,
    "first frame without a prompt": changed(FRAMED, ["positivePrompt"], ABSENT),
    "first frame at a resolution": changed(FRAMED, ["resolution"], "1080p"),
    "first frame as an object": changed(FRAMED, ["inputs", "frameImages"], [{"image": WEB, "frame": "first"}]),
    "first frame as number 0": changed(FRAMED, ["inputs", "frameImages"], [{"image": WEB, "frame": 0}]),
    "references with a size": REFERRED,
    "references without a size": changed(FRAMED, ["inputs"], {"referenceImages": [WEB]}),
    "references at a resolution": changed(
        changed(FRAMED, ["inputs"], {"referenceImages": [WEB] * 9}), ["resolution"], "720p"
    ),
    "first frame and references": changed(FRAMED, ["inputs", "referenceImages"], [WEB]),
    "all options": {
        **RUNWARE, "safety": {"checkContent": True, "mode": "full"}, "includeCost": True, "ttl": 60, "outputType": "URL",
        "outputFormat": "MOV", "outputQuality": 99, "deliveryMethod": "async", "numberResults": 4, "seed": 2147483647,
    },
    "a data URI": changed(FRAMED, ["inputs", "frameImages"], [data_uri()]),
    "bare base64": changed(FRAMED, ["inputs", "frameImages"], [data_uri().partition(",")[2]]),
    "1.0": changed(RUNWARE, ["model"], "alibaba:happyhorse@1.0"),
}  # fmt: skip
PAIRS = (
    (1280, 720), (720, 1280), (960, 960), (1088, 832), (832, 1088),
    (1920, 1080), (1080, 1920), (1440, 1440), (1632, 1248), (1248, 1632),
)  # fmt: skip

RUNWARE_BAD = {
    "unknown field": (RUNWARE, ["fps"], 24, "unknownParameter", "fps"),
    "unknown field of inputs": (REFERRED, ["inputs", "video"], WEB, "unknownParameter", "inputs.video"),
    "unknown field of a frame": (FRAMED, ["inputs", "frameImages"], [{"image": WEB, "at": 1}], "unknownParameter", "inputs.frameImages.at"),
    "last frame": (FRAMED, ["inputs", "frameImages"], [{"image": WEB, "frame": "last"}], "invalidFrame", "inputs.frameImages.frame"),
    "two frames": (FRAMED, ["inputs", "frameImages"], [WEB, WEB], "invalidFrameImages", "inputs.frameImages"),
    "ten references": (REFERRED, ["inputs", "referenceImages"], [WEB] * 10, "invalidReferenceImages", "inputs.referenceImages"),
    "no references": (REFERRED, ["inputs", "referenceImages"], [], "invalidReferenceImages", "inputs.referenceImages"),
    "another model": (RUNWARE, ["model"], "alibaba:happyhorse@2", "invalidModel", "model"),
    "no model": (RUNWARE, ["model"], ABSENT, "missingModel", "model"),
    "no UUID": (RUNWARE, ["taskUUID"], ABSENT, "missingTaskUUID", "taskUUID"),
    "a UUID of version 1": (RUNWARE, ["taskUUID"], "2b61a9d8-c5a5-11f0-8de9-0242ac120002", "invalidTaskUUID", "taskUUID"),
    "no task type": (RUNWARE, ["taskType"], ABSENT, "missingTaskType", "taskType"),
    "long prompt": (RUNWARE, ["positivePrompt"], LONG, "invalidPositivePrompt", "positivePrompt"),
    "empty prompt": (RUNWARE, ["positivePrompt"], "", "invalidPositivePrompt", "positivePrompt"),
    "no prompt": (RUNWARE, ["positivePrompt"], ABSENT, "missingPositivePrompt", "positivePrompt"),
    "width alone": (RUNWARE, ["height"], ABSENT, "missingHeight", "height"),
    "no size": (FRAMED, ["inputs"], ABSENT, "missingWidth", "width"),
    "a size beside a frame": (REFERRED, ["inputs", "frameImages"], [WEB], "incompatibleParameters", "width"),
    "a resolution beside a size": (REFERRED, ["resolution"], "720p", "incompatibleParameters", "resolution"),
    "a resolution without pictures": (
        changed(FRAMED, ["inputs"], ABSENT), ["resolution"], "720p", "incompatibleParameters", "resolution"
    ),
    "another size": (RUNWARE, ["width"], 1024, "invalidWidth", "width"),
    "a size as text": (RUNWARE, ["width"], "1280", "invalidWidth", "width"),
    "720P": (FRAMED, ["resolution"], "720P", "invalidResolution", "resolution"),
    "2 seconds": (RUNWARE, ["duration"], 2, "invalidDuration", "duration"),
    "16 seconds": (RUNWARE, ["duration"], 16, "invalidDuration", "duration"),
    "half a second": (RUNWARE, ["duration"], 3.5, "invalidDuration", "duration"),
    "seed -1": (RUNWARE, ["seed"], -1, "invalidSeed", "seed"),
    "a large seed": (RUNWARE, ["seed"], 2147483648, "invalidSeed", "seed"),
    "true for a number": (RUNWARE, ["numberResults"], True, "invalidNumberResults", "numberResults"),
    "five results": (RUNWARE, ["numberResults"], 5, "invalidNumberResults", "numberResults"),
    "sync": (RUNWARE, ["deliveryMethod"], "sync", "invalidDeliveryMethod", "deliveryMethod"),
    "base64 as output": (RUNWARE, ["outputType"], "base64Data", "invalidOutputType", "outputType"),
    "quality 100": (RUNWARE, ["outputQuality"], 100, "invalidOutputQuality", "outputQuality"),
    "a short life": (RUNWARE, ["ttl"], 59, "invalidTtl", "ttl"),
    "an unknown mode of safety": (RUNWARE, ["safety"], {"mode": "slow"}, "invalidMode", "safety.mode"),
    "an unknown upload": (FRAMED, ["inputs", "frameImages"], [uuid4()], "invalidInputImage", "inputs.frameImages"),
    "no picture at all": (FRAMED, ["inputs", "frameImages"], ["sf:sha256:00"], "invalidInputImage", "inputs.frameImages"),
    "a text as a data URI": (FRAMED, ["inputs", "frameImages"], ["data:text/plain;base64,YQ=="], "invalidFrameImages", "inputs.frameImages"),
}  # fmt: skip


@pytest.mark.parametrize("body", RUNWARE_GOOD.values(), ids=RUNWARE_GOOD)
def test_runware_accepts(ask, body):
    answer = ask.order("runware", [dict(body)])
    assert answer.status_code == 200
    assert [set(item) for item in answer.json()["data"]] == [{"taskType", "taskUUID"}]
    assert "errors" not in answer.json()


@pytest.mark.parametrize(("width", "height"), PAIRS)
def test_runware_accepts_each_of_the_ten_sizes(ask, width, height):
    assert ask.order("runware", [RUNWARE | {"width": width, "height": height}]).status_code == 200


@pytest.mark.parametrize(("body", "where", "value", "code", "name"), RUNWARE_BAD.values(), ids=RUNWARE_BAD)
def test_runware_refuses(ask, emulator, body, where, value, code, name):
    answer = ask.order("runware", [changed(body, where, value)])
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert (error["code"], error["parameter"]) == (code, name)
    assert "data" not in answer.json()
    assert not emulator.orders()


RUNWARE_TASKS = {
    "a poll with more": ({"taskType": "getResponse", "status": "success"}, "unknownParameter", "status"),
    "details with more": ({"taskType": "getTaskDetails", "page": 1}, "unknownParameter", "page"),
    "an upload of nothing": ({"taskType": "mediaStorage", "operation": "upload"}, "missingMedia", "media"),
    "an upload as a number": ({"taskType": "imageUpload", "image": 1}, "invalidImage", "image"),
    "another operation": ({"taskType": "accountManagement", "operation": "close"}, "invalidOperation", "operation"),
    "another task": ({"taskType": "videoUpscale"}, "invalidTaskType", "taskType"),
    "a task type as a list": ({"taskType": ["getResponse"]}, "invalidTaskType", "taskType"),
}


@pytest.mark.parametrize(("task", "code", "name"), RUNWARE_TASKS.values(), ids=RUNWARE_TASKS)
def test_runware_refuses_tasks_that_are_no_orders(ask, task, code, name):
    answer = ask.send("runware", "POST", "", [task | {"taskUUID": uuid4()}])
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["code"], error["parameter"]) == (400, code, name)


@pytest.mark.parametrize("body", [{}, [], ["task"], "text", None, RUNWARE])
def test_runware_takes_nothing_but_an_array_of_tasks(ask, body):
    answer = ask.send("runware", "POST", "", body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "invalidBody")


def test_runware_does_the_good_tasks_of_an_array_and_tells_the_bad_beside_them(ask, emulator):
    good, bad = RUNWARE | {"taskUUID": uuid4()}, RUNWARE | {"taskUUID": uuid4(), "duration": 1}
    answer = ask.send("runware", "POST", "", [bad, good])
    assert answer.status_code == 200
    assert [item["taskUUID"] for item in answer.json()["data"]] == [good["taskUUID"]]
    assert [error["taskUUID"] for error in answer.json()["errors"]] == [bad["taskUUID"]]
    assert len(emulator.orders()) == 1


WAVESPEED = TEXT["wavespeed"]
WAVESPEED_GOOD = {
    "text": ("text-to-video", WAVESPEED),
    "prompt alone": ("text-to-video", {"prompt": "A lamp."}),
    "first frame": ("image-to-video", {"image": WEB}),
    "first frame with all": ("image-to-video", {"image": WEB, "prompt": "x", "resolution": "1080p", "duration": 15, "seed": 0}),
    "references": ("reference-to-video", {"prompt": "x", "images": [WEB] * 9, "aspect_ratio": "3:4"}),
}  # fmt: skip
WAVESPEED_BAD = {
    "unknown field": ("text-to-video", ["audio"], True, 1401),
    "no prompt": ("text-to-video", ["prompt"], ABSENT, 1400),
    "long prompt": ("text-to-video", ["prompt"], LONG, 1401),
    "21:9": ("text-to-video", ["aspect_ratio"], "21:9", 1401),
    "720P": ("text-to-video", ["resolution"], "720P", 1401),
    "2 seconds": ("text-to-video", ["duration"], 2, 1401),
    "seconds as text": ("text-to-video", ["duration"], "5", 1401),
    "seed -1": ("text-to-video", ["seed"], -1, 1401),
    "picture for text": ("text-to-video", ["image"], WEB, 1401),
    "ratio for a first frame": ("image-to-video", ["aspect_ratio"], "16:9", 1401),
    "no first frame": ("image-to-video", ["image"], ABSENT, 1400),
    "data URI": ("image-to-video", ["image"], data_uri(), 1401),
    "ten references": ("reference-to-video", ["images"], [WEB] * 10, 1401),
    "no references": ("reference-to-video", ["images"], [], 1401),
    "references as a text": ("reference-to-video", ["images"], WEB, 1401),
    "a token for a picture": ("reference-to-video", ["images"], ["sf:sha256:00"], 1401),
}
WAVESPEED_BASE = {
    "text-to-video": WAVESPEED,
    "image-to-video": {"image": WEB, "duration": 3},
    "reference-to-video": {"prompt": "x", "images": [WEB], "duration": 3},
}


@pytest.mark.parametrize(("mode", "body"), WAVESPEED_GOOD.values(), ids=WAVESPEED_GOOD)
@pytest.mark.parametrize("version", ["1.1", "1.0"])
def test_wavespeed_accepts(ask, version, mode, body):
    answer = ask.send("wavespeed", "POST", f"/api/v3/alibaba/happyhorse-{version}/{mode}", body)
    told = answer.json()
    assert (answer.status_code, told["code"], told["message"]) == (200, 200, "success")
    assert (told["data"]["status"], told["data"]["outputs"], told["data"]["error"]) == ("created", [], "")
    assert told["data"]["model"] == f"alibaba/happyhorse-{version}/{mode}"


@pytest.mark.parametrize(("mode", "where", "value", "code"), WAVESPEED_BAD.values(), ids=WAVESPEED_BAD)
def test_wavespeed_refuses(ask, emulator, mode, where, value, code):
    body = changed(WAVESPEED_BASE[mode], where, value)
    answer = ask.send("wavespeed", "POST", f"/api/v3/alibaba/happyhorse-1.1/{mode}", body)
    assert (answer.status_code, answer.json()["code"], answer.json()["data"]) == (400, code, None)
    assert answer.json()["message"]
    assert not emulator.orders()


SCENARIO = TEXT["scenario"]
VIDEO, REFERENCE = "model_alibaba-happy-horse-1.1", "model_alibaba-happy-horse-reference-to-video-1.1"
SCENARIO_BAD = {
    "unknown field": (VIDEO, ["audio"], True),
    "no prompt": (VIDEO, ["prompt"], ABSENT),
    "long prompt": (VIDEO, ["prompt"], LONG),
    "720p": (VIDEO, ["resolution"], "720p"),
    "16 seconds": (VIDEO, ["duration"], 16),
    "2:1": (VIDEO, ["aspectRatio"], "2:1"),
    "seed -1": (VIDEO, ["seed"], -1),
    "an address for a first frame": (VIDEO, ["image"], WEB),
    "a data URI for a first frame": (VIDEO, ["image"], data_uri()),
    "an asset that is not there": (VIDEO, ["image"], "asset_none"),
    "references for another model": (VIDEO, ["referenceImages"], ["asset_none"]),
    "a prompt without names": (REFERENCE, ["prompt"], "A lamp."),
    "a name without a picture": (REFERENCE, ["prompt"], "character1 and character2"),
    "a name in capitals": (REFERENCE, ["prompt"], "Character1"),
    "no references": (REFERENCE, ["referenceImages"], ABSENT),
    "a first frame beside references": (REFERENCE, ["image"], "asset_none"),
    "an address among references": (REFERENCE, ["referenceImages"], [WEB]),
}


@pytest.mark.parametrize("ratio", ["16:9", "9:16", "1:1", "4:3", "3:4", "4:5", "5:4", "9:21", "21:9"])
def test_scenario_accepts_nine_shapes(ask, ratio):
    answer = ask.order("scenario", SCENARIO | {"aspectRatio": ratio})
    assert answer.status_code == 200
    assert (answer.json()["job"]["status"], answer.json()["job"]["jobType"]) == ("queued", "custom")


def test_scenario_accepts_assets_as_first_frame_and_as_references(ask):
    one, two = ask.asset(), ask.asset(picture(600, 400))
    assert ask.order("scenario", {"prompt": "x", "image": one}).status_code == 200
    body = {"prompt": "character1 meets character2", "referenceImages": [one, two]}
    assert ask.send("scenario", "POST", f"/generate/custom/{REFERENCE}", body).status_code == 200


@pytest.mark.parametrize(("model", "where", "value"), SCENARIO_BAD.values(), ids=SCENARIO_BAD)
def test_scenario_refuses(ask, emulator, model, where, value):
    body = SCENARIO if model == VIDEO else {"prompt": "character1 waits", "referenceImages": [ask.asset()]}
    answer = ask.send("scenario", "POST", f"/generate/custom/{model}", changed(body, where, value))
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadRequest")
    assert answer.json()["error"]["message"]
    assert not emulator.orders()


def test_scenario_drops_a_scalar_silently_where_a_list_belongs(ask):
    body = {"prompt": "character1 waits", "referenceImages": ask.asset()}
    answer = ask.send("scenario", "POST", f"/generate/custom/{REFERENCE}", body)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == "`referenceImages` is required"


HIAPI = TEXT["hiapi"]
FRAME = {"model": "happyhorse-1.1/image-to-video", "input": {"image_urls": [WEB], "duration": 3}}
REFS = {
    "model": "happyhorse-1.1/reference-to-video",
    "input": {"prompt": "[Image 1]", "reference_image": [WEB], "duration": 3},
}
HIAPI_GOOD = {
    "text": HIAPI,
    "21:9": changed(HIAPI, ["input", "aspect_ratio"], "21:9"),
    "first frame": FRAME,
    "references": REFS,
    "default route": HIAPI | {"route": "default"},
    "route in the model": HIAPI | {"model": "happyhorse-1.1/text-to-video@default"},
    "persistent": HIAPI | {"storage": "persistent"},
    "callback": HIAPI | {"callback": {"url": "https://hooks.example/cb", "when": "final"}},
    "1.0 with a seed": {"model": "happyhorse-1-0", "input": {"prompt": "x", "seed": 7}},
}
HIAPI_BAD = {
    "seed": (HIAPI, ["input", "seed"], 7, "additional properties 'seed' not allowed"),
    "audio": (HIAPI, ["input", "audio"], True, "additional properties 'audio' not allowed"),
    "callback in the input": (HIAPI, ["input", "callback"], {}, "additional properties 'callback' not allowed"),
    "unknown field": (HIAPI, ["priority"], 1, "additional properties 'priority' not allowed"),
    "ratio for a first frame": (FRAME, ["input", "aspect_ratio"], "1:1", "additional properties 'aspect_ratio' not allowed"),
    "plural of references": (REFS, ["input", "reference_images"], [WEB], "additional properties 'reference_images' not allowed"),
    "no input": (HIAPI, ["input"], ABSENT, "`input` is required"),
    "no prompt": (HIAPI, ["input", "prompt"], ABSENT, "`prompt` is required"),
    "long prompt": (HIAPI, ["input", "prompt"], LONG, "`prompt` has more than 2500"),
    "another model": (HIAPI, ["model"], "happyhorse-1.1", "model `happyhorse-1.1` is not supported"),
    "another route": (HIAPI, ["route"], "pro", "unknown route; available routes: default"),
    "720P": (HIAPI, ["input", "resolution"], "720P", "`resolution` is not one of 720p, 1080p"),
    "16 seconds": (HIAPI, ["input", "duration"], 16, "`duration` is more than 15"),
    "two first frames": (FRAME, ["input", "image_urls"], [WEB, WEB], "`image_urls` has more than 1"),
    "data URI": (FRAME, ["input", "image_urls"], [data_uri()], "`image_urls` takes no data URIs"),
    "ten references": (REFS, ["input", "reference_image"], [WEB] * 10, "`reference_image` has more than 9"),
    "file address": (REFS, ["input", "reference_image"], ["file:///etc/passwd"], "a picture of `reference_image` is not known"),
    "callback at another time": (HIAPI, ["callback"], {"url": WEB, "when": "always"}, "`when` is not one of final"),
}  # fmt: skip


@pytest.mark.parametrize("body", HIAPI_GOOD.values(), ids=HIAPI_GOOD)
def test_hiapi_accepts(ask, body):
    answer = ask.order("hiapi", body)
    assert (answer.status_code, answer.json()["code"]) == (200, 200)
    assert answer.json()["data"]["taskId"].startswith("tk-hiapi-")


@pytest.mark.parametrize(("body", "where", "value", "message"), HIAPI_BAD.values(), ids=HIAPI_BAD)
def test_hiapi_refuses(ask, emulator, body, where, value, message):
    answer = ask.order("hiapi", changed(body, where, value))
    assert answer.status_code == 400
    assert answer.json() == {"code": 400, "message": message, "data": None, "error_code": "INVALID_REQUEST"}
    assert not emulator.orders()


JOYPIX = TEXT["joypix"]
JOYPIX_GOOD = {
    "text-to-video": JOYPIX,
    "image-to-video": {"model": "happyhorse-1.0-i2v", "prompt": "x", "images": [WEB]},
    "reference-to-video": {"model": "happyhorse-1.0-r2v", "prompt": "x", "images": [WEB] * 9, "aspect_ratio": "4:3"},
}
JOYPIX_BAD = {
    "unknown field": ("text-to-video", ["audio"], True),
    "another model": ("text-to-video", ["model"], "happyhorse-1.1-t2v"),
    "the model of another path": ("text-to-video", ["model"], "happyhorse-1.0-i2v"),
    "no prompt": ("text-to-video", ["prompt"], ABSENT),
    "no prompt for a first frame": ("image-to-video", ["prompt"], ABSENT),
    "two first frames": ("image-to-video", ["images"], [WEB, WEB]),
    "ratio for a first frame": ("image-to-video", ["aspect_ratio"], "16:9"),
    "9:21": ("reference-to-video", ["aspect_ratio"], "9:21"),
    "no references": ("reference-to-video", ["images"], []),
    "data URI": ("reference-to-video", ["images"], [data_uri()]),
    "seed -1": ("text-to-video", ["seed"], -1),
}


@pytest.mark.parametrize("mode", JOYPIX_GOOD)
def test_joypix_accepts(ask, mode):
    answer = ask.send("joypix", "POST", f"/v1/alibaba/{mode}", JOYPIX_GOOD[mode])
    assert (answer.status_code, answer.json()["code"], answer.json()["message"]) == (200, 200, "success")


@pytest.mark.parametrize(("mode", "where", "value"), JOYPIX_BAD.values(), ids=JOYPIX_BAD)
def test_joypix_refuses(ask, emulator, mode, where, value):
    answer = ask.send("joypix", "POST", f"/v1/alibaba/{mode}", changed(JOYPIX_GOOD[mode], where, value))
    assert (answer.status_code, answer.json()["code"], answer.json()["data"]) == (400, 400, None)
    assert not emulator.orders()


def error_of(host, answer):
    """The word that a client would branch on."""
    told = answer.json()
    match host:
        case "runware":
            return told["errors"][0]["code"]
        case "scenario":
            return told["error"]["code"]
        case "hiapi":
            return told["error_code"]
    return told["code"]


KEYS = {
    "": (401, ("invalidApiKey", 401, "Unauthorized", "UNAUTHORIZED", 401)),
    "bad": (401, ("invalidApiKey", 401, "Unauthorized", "UNAUTHORIZED", 401)),
    "poor-man": (402, ("insufficientCredits", 402, "PaymentRequired", "INSUFFICIENT_BALANCE", 402)),
    "forbidden-fruit": (403, ("accessDenied", 403, "Forbidden", "FORBIDDEN", 403)),
}


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("key", KEYS)
def test_a_key_that_opens_nothing_is_refused_in_the_words_of_the_host(emulator, host, key):
    status, words = KEYS[key]
    with Asking(emulator, key) as ask:
        answer = ask.order(host)
    assert answer.status_code == status
    assert error_of(host, answer) == words[HOSTS.index(host)]
    assert not emulator.orders()


def test_runware_takes_the_key_from_a_leading_task(emulator):
    with Asking(emulator, "") as ask:
        task = {"taskType": "authentication", "apiKey": "key-1"}
        answer = ask.send("runware", "POST", "", [task, RUNWARE | {"taskUUID": uuid4()}])
        assert [item["taskType"] for item in answer.json()["data"]] == ["authentication", "videoInference"]
        assert ask.send("runware", "POST", "", [task | {"apiKey": "bad"}]).status_code == 401
    assert "key-1" not in str(emulator.requests())


@pytest.mark.parametrize("given", ["Basic a2V5", "Basic OnNlY3JldA==", "Basic ***", "Bearer a2V5OnNlYw=="])
def test_scenario_takes_nothing_but_a_key_with_a_secret(emulator, given):
    with Asking(emulator, "") as ask:
        assert ask.order("scenario", headers={"Authorization": given}).status_code == 401


LOOKED_AT = {
    "a small first frame of wavespeed": ("wavespeed", "image", picture(299, 400), False),
    "a first frame of wavespeed": ("wavespeed", "image", picture(300, 400), True),
    "a long first frame of wavespeed": ("wavespeed", "image", picture(300, 800), False),
    "a small reference of hiapi": ("hiapi", "references", picture(399, 400), False),
    "a reference of hiapi": ("hiapi", "references", picture(400, 400), True),
    "a BMP for hiapi": ("hiapi", "references", picture(400, 400, "BMP"), False),
    "a BMP for joypix": ("joypix", "references", picture(400, 400, "BMP"), True),
    "a text for joypix": ("joypix", "references", b"no picture at all", False),
}


@pytest.mark.parametrize(("host", "role", "content", "fine"), LOOKED_AT.values(), ids=LOOKED_AT)
def test_a_picture_on_this_machine_is_looked_at(ask, emulator, host, role, content, fine):
    address = emulator.desk.links.sign(f"/files/upload/{emulator.desk.store.keep(content)}.png", 60)
    body = {
        "wavespeed": {"image": address},
        "hiapi": changed(REFS, ["input", "reference_image"], [address]),
        "joypix": JOYPIX_GOOD["reference-to-video"] | {"images": [address]},
    }[host]
    path = {
        "wavespeed": "/api/v3/alibaba/happyhorse-1.1/image-to-video",
        "hiapi": "/tasks",
        "joypix": "/v1/alibaba/reference-to-video",
    }
    answer = ask.send(host, "POST", path[host], body)
    assert answer.status_code == (200 if fine else 400), answer.text


def test_a_picture_on_this_machine_that_cannot_be_fetched_is_refused(ask):
    answer = ask.send(
        "wavespeed", "POST", "/api/v3/alibaba/happyhorse-1.1/image-to-video", {"image": "http://127.0.0.1:9/x.png"}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, 1402)


def test_a_picture_at_an_address_of_ours_that_has_expired_is_refused(ask, emulator):
    address = emulator.desk.links.sign(f"/files/upload/{emulator.desk.store.keep(picture())}.png", -5)
    answer = ask.send("wavespeed", "POST", "/api/v3/alibaba/happyhorse-1.1/image-to-video", {"image": address})
    assert (answer.status_code, answer.json()["code"]) == (400, 1402)
