"""Every line of the hosts' tables of fields, broken in each way that it forbids, and JSON that is no good JSON."""

from __future__ import annotations

import pytest

from storyforge.emulator import hiapi, joypix, runware, scenario, wavespeed
from storyforge.emulator.app import HOSTS

from .asking import ABSENT, Asking, changed, uuid4

WEB = "https://pictures.example/one.png"
ASSET = "an asset of the account"

WRONG_KINDS = {
    "text": (7, True, ["x"]), "whole": ("5", 3.5, True), "flag": ("true", 1), "object": ([], "x"), "list": ({}, "x"),
    "texts": (WEB, [7], [""]), "url": ("ftp://pictures.example/x.png", "x", 7),
}  # fmt: skip
"""Values that no field of a kind takes."""


def breaks(fields):
    """Each way to break an object with these fields: what is done, and to which field."""
    yield "an unknown field", "unheardOf", 1
    for name, field in fields.items():
        if field.required:
            yield f"without {name}", name, ABSENT
        yield f"{name} as null", name, None
        for value in WRONG_KINDS[field.kind]:
            yield f"{name} as {value!r}", name, value
        if field.choices:
            yield f"{name} of another choice", name, f"{field.choices[0]}s"
        for bound, by in ((field.low, -1), (field.high, 1)):
            if bound is not None and not field.choices:
                size = bound + by
                value = (
                    size if field.kind == "whole" else [WEB] * size if field.kind in ("texts", "list") else "x" * size
                )
                yield f"{name} of size {size}", name, value


RUNWARE = {
    "taskType": "videoInference", "model": "alibaba:happyhorse@1.1", "positivePrompt": "A lamp.",
    "inputs": {"referenceImages": [WEB]}, "safety": {"mode": "fast"}, "duration": 3,
}  # fmt: skip
HIAPI = {
    "happyhorse-1.1/image-to-video": {"image_urls": [WEB]},
    "happyhorse-1.1/reference-to-video": {"prompt": "[Image 1]", "reference_image": [WEB]},
}
PICTURES = {"image-to-video": {"image": WEB, "images": [WEB]}, "reference-to-video": {"images": [WEB]}}
LAMP = {"prompt": "A lamp."}


def tables():
    """Each table: host, name, path, a body that is right, where in it the table's object is, and the table."""
    yield "runware", "videoInference", "", RUNWARE, (), runware.TASKS["videoInference"]
    yield "runware", "inputs", "", RUNWARE, ("inputs",), runware.INPUTS
    yield "runware", "safety", "", RUNWARE, ("safety",), runware.SAFETY
    for name, more in {
        "getResponse": {}, "getTaskDetails": {}, "mediaStorage": {"operation": "upload", "media": WEB},
        "imageUpload": {"image": WEB}, "accountManagement": {"operation": "getDetails"},
    }.items():  # fmt: skip
        yield "runware", name, "", {"taskType": name, **more}, (), runware.TASKS[name]
    for mode, fields in wavespeed.MODES.items():
        picture = {name: one for name, one in PICTURES.get(mode, {}).items() if name in fields}
        yield "wavespeed", mode, f"/api/v3/alibaba/happyhorse-1.1/{mode}", LAMP | picture, (), fields
    yield "wavespeed", "list", "/api/v3/predictions", {}, (), wavespeed.LIST
    for model, fields in scenario.MODELS.items():
        body = {"prompt": "character1"} | ({"referenceImages": [ASSET]} if "referenceImages" in fields else {})
        yield "scenario", model, f"/generate/custom/{model}", body, (), fields
    yield "hiapi", "around", "/tasks", {"model": "happyhorse-1-0", "input": LAMP}, (), hiapi.OUTER
    called = {"model": "happyhorse-1-0", "input": LAMP, "callback": {"url": WEB}}
    yield "hiapi", "callback", "/tasks", called, ("callback",), hiapi.CALLBACK
    for model, fields in hiapi.MODELS.items():
        yield "hiapi", model, "/tasks", {"model": model, "input": HIAPI.get(model, LAMP)}, ("input",), fields
    for mode, (model, fields) in joypix.MODES.items():
        picture = {"images": [WEB]} if "images" in fields else {}
        yield "joypix", mode, f"/v1/alibaba/{mode}", {"model": model, **LAMP, **picture}, (), fields


TABLES = {f"{host} {name}": (host, path, body, where, fields) for host, name, path, body, where, fields in tables()}


def fill(ask, value):
    """A body with the ids that are made for it."""
    if value == ASSET:
        return ask.asset()
    if isinstance(value, list):
        return [fill(ask, one) for one in value]
    return {name: fill(ask, one) for name, one in value.items()} if isinstance(value, dict) else value


def send(ask, host, path, body):
    if host == "runware":
        body = [{"taskUUID": uuid4(), **body}]
    return ask.send(host, "POST", path, body)


@pytest.mark.parametrize(("host", "path", "body", "where", "fields"), TABLES.values(), ids=TABLES)
def test_what_a_table_allows_is_taken(ask, host, path, body, where, fields):
    answer = send(ask, host, path, fill(ask, body))
    if body.get("taskType") == "getTaskDetails":
        assert answer.json()["errors"][0]["code"] == "taskNotFound"
    elif host == "runware" and ("media" in fields or "image" in fields):
        assert answer.json()["errors"][0]["code"] == "invalidInputImage"  # nothing is fetched from elsewhere
    else:
        assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(("host", "path", "body", "where", "fields"), TABLES.values(), ids=TABLES)
def test_every_line_of_a_table_refuses_what_breaks_it(ask, emulator, host, path, body, where, fields):
    good, taken = fill(ask, body), []
    for what, name, value in breaks(fields):
        whole = {"taskUUID": uuid4(), **good} if host == "runware" else good
        place = [*where, name]
        if value is ABSENT and name not in inside(whole, where):
            continue
        answer = send_as_it_is(ask, host, path, changed(whole, place, value))
        if answer.status_code != 400 or name not in answer.text:
            taken.append((what, answer.status_code, answer.text[:120]))
    assert taken == []
    assert not emulator.orders()


def inside(body, where):
    for name in where:
        body = body[name]
    return body


def send_as_it_is(ask, host, path, body):
    return ask.send(host, "POST", path, [body] if host == "runware" else body)


def test_every_table_names_its_source():
    for module, table in (
        (runware, runware.TASKS), (wavespeed, wavespeed.MODES), (scenario, scenario.MODELS), (hiapi, hiapi.MODELS),
        (joypix, joypix.MODES),
    ):  # fmt: skip
        assert set(module.SOURCES) == set(table)
        assert all("https://" in source for source in module.SOURCES.values())


def test_a_prompt_is_counted_in_characters_and_not_in_bytes(ask):
    for count, status in ((2500, 200), (2501, 400)):
        answer = ask.send("wavespeed", "POST", "/api/v3/alibaba/happyhorse-1.1/text-to-video", {"prompt": "船" * count})
        assert answer.status_code == status


SPOILED = {
    "no JSON": b"{", "nothing": b"", "no UTF-8": b'{"prompt": "\xff"}', "a name twice": b'{"prompt": "x", "prompt": "y"}',
    "no number": b'{"prompt": "x", "seed": NaN}', "an endless number": b'[Infinity]',
    "half of a character": rb'{"prompt": "\ud800"}', "a deep hole": b"[" * 100_000,
}  # fmt: skip
CALLS = {f"{host.name} {call.path}": (host, call) for host in HOSTS for call in host.calls if call.body == "json"}


@pytest.mark.parametrize("what", SPOILED)
@pytest.mark.parametrize(("host", "call"), CALLS.values(), ids=CALLS)
def test_a_body_that_is_no_good_json_is_refused(emulator, host, call, what):
    path = call.path.replace("{version}", "1.1").replace("{mode}", "text-to-video")
    path = path.replace("{model}", scenario.VIDEO).replace("{id}", "none")
    with Asking(emulator) as ask:
        answer = ask.send(
            host.name, call.method, path, headers={"Content-Type": "application/json"}, content=SPOILED[what] or b" "
        )
    assert answer.status_code in ((400, 404) if "/{id}" in call.path else (400,)), answer.text
    assert not emulator.orders()


@pytest.mark.parametrize("task", ["imageInference", "modelSearch"])
def test_what_the_emulator_does_not_serve_is_refused_and_not_overlooked(ask, task):
    answer = ask.send("runware", "POST", "", [{"taskType": task, "taskUUID": uuid4()}])
    assert answer.json()["errors"][0]["code"] == "invalidTaskType"


def test_runware_takes_the_routing_of_its_newest_schema(ask):
    body = {**RUNWARE, "taskUUID": uuid4(), "routing": {"region": "eu"}}
    assert ask.send("runware", "POST", "", [body]).status_code == 200
