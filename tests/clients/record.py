"""Records what the hosts' official clients put on the wire: runs each against a server on this machine.

    .venv/bin/python tests/clients/record.py [FOLDER]

The clients are installed with the test tools, but for WaveSpeed's command line: `npm ci --prefix tests/clients`.
Writes FOLDER/HOST.json for each host, by default into `recordings` next to this file. Nothing in there is ever written
by hand: `test_record.py` runs this script again and compares.

A client sends most of a body as its caller gives it, so the bodies here are those of the hosts' pages for one shot: 8
seconds at 720p in 16:9 with seed 7, two references or a first frame. No parameter is left to the host's default.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import subprocess
import sys
import tempfile
import typing
import uuid
from importlib.metadata import version
from pathlib import Path

if __package__:
    from .server import RecordingServer, draw_png
else:
    from server import RecordingServer, draw_png

KEY, SECRET = "test-key-0123456789", "test-secret-0123456789"

WORDS = {
    "runware": "Жанна from the first reference image greets 米拉 from the second: “Ça va?”",
    "wavespeed": "Жанна from the first reference image greets 米拉 from the second: “Ça va?”",
    "scenario": "character1 greets character2 on the 码头: “Ça va?”",
    "hiapi": "Жанна ([Image 1]) greets 米拉 ([Image 2]): “Ça va?”",
    "joypix": "Жанна from the first reference image greets 米拉 from the second: “Ça va?”",
}
"""The prompt, in scripts that show how a text is encoded."""

ADDRESSES = ("https://pictures.example/mira.png", "https://pictures.example/otto.png")
OTHERS = "other calls"
"""A conversation of calls that StoryForge does not make; the emulator knows them."""

CALLBACK = "https://hooks.example/call?token=1"
SINCE = "2026-01-01T00:00:00.000Z"

BUSY = (503, {"message": "try again later"})
REFUSALS = {
    "runware": (400, {"errors": [{"code": "invalidDuration", "message": "no", "parameter": "duration"}]}),
    "wavespeed": (400, {"code": 1401, "message": "no", "data": None}),
    "scenario": (400, {"error": {"code": "BadRequest", "message": "no"}}),
    "hiapi": (400, {"code": 400, "message": "no", "data": None, "error_code": "INVALID_REQUEST"}),
    "joypix": (400, {"code": 400, "message": "no", "data": None}),
}


class Session:
    """Conversations with one host by name, each a list of requests as they came."""

    def __init__(self, server):
        self.server = server
        self.conversations = {}

    def keep(self, name):
        self.conversations[name] = self.server.take()
        self.server.brought = 0


def record_runware(session):
    """https://runware.ai/docs/models/alibaba-happyhorse-1-1 and /docs/platform/{task-polling,media-storage,task-details}."""
    from runware import Runware
    from runware.types import task_map

    picture = "data:image/png;base64," + base64.b64encode(draw_png()).decode()
    frame, references = {"frameImages": [{"image": picture, "frame": "first"}]}, {"referenceImages": [picture] * 2}
    size, tier = {"width": 1280, "height": 720}, {"resolution": "720p"}
    modes = {
        "text-to-video": size,
        "image-to-video": {"inputs": frame, **tier},
        "reference-to-video": {"inputs": references, **size},
        "combined": {"inputs": {**frame, **references}, **tier},
    }

    def order(mode):
        return {
            "taskType": "videoInference", "taskUUID": str(uuid.uuid4()), "model": "alibaba:happyhorse@1.1",
            "positivePrompt": WORDS["runware"], **modes[mode], "duration": 8, "seed": 7, "numberResults": 1,
            "outputType": "URL", "outputFormat": "MP4", "outputQuality": 95, "includeCost": True,
        }  # fmt: skip

    async def work():
        settings = {"transport": "rest", "http_base_url": session.server.base, "retry_delay": 0}
        async with Runware(api_key=KEY, **settings) as client:
            for mode in modes:
                await client.run(order(mode))
                session.keep(mode)
            session.server.failures = [BUSY]
            await client.run(order("text-to-video"))
            session.keep("busy")
            session.server.failures = [REFUSALS["runware"]]
            await _refused(client.run(order("text-to-video")))
            session.keep("refused")
            await client.run({**order("text-to-video"), "webhookURL": CALLBACK})
            session.keep("called back")
            await client.media_storage({"operation": "upload", "media": picture})
            session.keep("upload")
            await client.get_task_details({"taskUUID": str(uuid.uuid4())})
            session.keep("details")
            await client.image_upload({"image": picture})
            await client.account_management({"operation": "getDetails"})
            session.keep(OTHERS)

    asyncio.run(work())
    tasks = ("AlibabaHappyhorse11", "GetResponse", "GetTaskDetails", "MediaStorage", "ImageUpload", "AccountManagement")
    declared = [typing.get_type_hints(getattr(task_map, f"{name}Params")) for name in tasks]
    fields = [{name: _kind(kind) for name, kind in hints.items()} for hints in declared]
    return {"fields": {one["taskType"][0]: one for one in fields}}


async def _refused(call):
    from runware.errors import RunwareError

    try:
        await call
    except RunwareError:
        return
    raise AssertionError("the client did not raise an error")


def _kind(kind):
    """A type of the client's as JSON has it: the only values, or the name of a type."""
    if typing.get_origin(kind) is typing.Literal:
        return list(typing.get_args(kind))
    return (typing.get_origin(kind) or kind).__name__


def record_wavespeed(session):
    """https://wavespeed.ai/docs/docs-api/alibaba/alibaba-happyhorse-1.1-{text,image,reference}-to-video.

    Only the host's command line lists jobs and asks for prices.
    """
    from wavespeed import Client

    client = Client(KEY, base_url=session.server.base)
    model = "alibaba/happyhorse-1.1"
    common = {"prompt": WORDS["wavespeed"], "resolution": "720p", "duration": 8, "seed": 7}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "mira.png")
        file.write_bytes(draw_png())
        client.run(f"{model}/text-to-video", {**common, "aspect_ratio": "16:9"})
        session.keep("text-to-video")
        client.run(f"{model}/image-to-video", {**common, "image": client.upload(str(file))})
        session.keep("image-to-video")
        images = [client.upload(str(file)) for _ in range(2)]
        references = {**common, "images": images, "aspect_ratio": "16:9"}
        client.run(f"{model}/reference-to-video", references)
        session.keep("reference-to-video")
        session.server.failures = [REFUSALS["wavespeed"]]
        try:
            client.run(f"{model}/text-to-video", {**common, "aspect_ratio": "16:9"})
        except RuntimeError:
            session.keep("refused")
        _run_cli(session, folder, "history", "--since", SINCE, "--limit", "20")
        session.keep("list")
        given = [f"{name}={json.dumps(one) if isinstance(one, list) else one}" for name, one in references.items()]
        _run_cli(session, folder, "price", f"{model}/reference-to-video", *(f"--input={pair}" for pair in given))
        session.keep("price")
        for arguments in (["balance"], ["models", "--refresh"], ["delete", "job-1"]):
            _run_cli(session, folder, *arguments)
        session.keep(OTHERS)
    return {}


CLI = Path(__file__).with_name("node_modules") / "@wavespeed" / "cli"


def _run_cli(session, home, *arguments):
    """Runs WaveSpeed's command line; its base address can only be set in its settings file."""
    settings = Path(home, "wavespeed-nodejs", "config.json")
    settings.parent.mkdir(exist_ok=True)
    settings.write_text(json.dumps({"baseUrl": session.server.base}))
    surroundings = {**os.environ, "XDG_CONFIG_HOME": home, "HOME": home, "WAVESPEED_API_KEY": KEY}
    command = ["node", str(CLI / "dist" / "cli.js"), *arguments, "--json"]
    subprocess.run(command, env=surroundings, cwd=home, check=True, capture_output=True, timeout=60)


def record_scenario(session):
    """https://app.scenario.com/api/models/MODEL/markdown, https://docs.scenario.com/get-started/content/uploading-assets."""
    from scenario_sdk import BadRequestError, Scenario

    video, references = "model_alibaba-happy-horse-1.1", "model_alibaba-happy-horse-reference-to-video-1.1"
    common = {"prompt": WORDS["scenario"], "resolution": "720P", "duration": 8, "seed": 7}
    picture = draw_png()
    with Scenario(api_key=KEY, api_secret=SECRET, base_url=session.server.base) as client:

        def upload():
            return client.assets.upload(name="mira.png", image=base64.b64encode(picture).decode()).asset.id

        def run(mode, model, body):
            job = client.generate.run_model(model, body=body).job
            for name in client.jobs.retrieve(job.job_id).job.metadata.asset_ids:
                client.assets.retrieve(name)
            session.keep(mode)

        run("text-to-video", video, {**common, "aspectRatio": "16:9"})
        run("image-to-video", video, {**common, "image": upload()})
        run(
            "reference-to-video", references, {**common, "referenceImages": [upload(), upload()], "aspectRatio": "16:9"}
        )
        session.server.failures = [REFUSALS["scenario"]]
        try:
            client.generate.run_model(video, body={**common, "aspectRatio": "16:9"})
        except BadRequestError:
            session.keep("refused")
        size = len(picture)
        started = client.uploads.create(
            kind="image", file_name="mira.png", content_type="image/png", file_size=size, parts=1
        )
        client.uploads.trigger_action(started.upload.id, action="complete")
        client.uploads.retrieve(started.upload.id)
        session.keep("large upload")
        list(client.jobs.list(page_size=100, created_after=SINCE))
        session.keep("list")
        client.generate.with_raw_response.run_model(video, body={**common, "aspectRatio": "16:9"}, dry_run="true")
        session.keep("price")
        client.models.retrieve(video)
        client.jobs.trigger_action("job-1", action="cancel")
        client.assets.delete_multiple(asset_ids=["asset_1"])
        client.usages.list()
        client.projects.webhook_endpoints.create("p", url=CALLBACK, enabled_events=["generation.failed"])
        client.projects.webhook_endpoints.list("p")
        session.keep(OTHERS)
    return {}


def record_hiapi(session):
    """https://docs.hiapi.ai/models/video/happyhorse-1-1-{t2v,i2v,r2v}, https://docs.hiapi.ai/async-api/create."""
    from hiapi import HiAPI, InvalidRequestError

    client = HiAPI(KEY, base_url=session.server.base)
    common = {"prompt": WORDS["hiapi"], "resolution": "720p", "duration": 8}
    modes = {
        "text-to-video": {"aspect_ratio": "16:9"},
        "image-to-video": {"image_urls": [ADDRESSES[0]]},
        "reference-to-video": {"reference_image": list(ADDRESSES), "aspect_ratio": "16:9"},
    }

    def order(mode):
        return {"model": f"happyhorse-1.1/{mode}", "input": {**common, **modes[mode]}, "idempotency_key": f"key-{mode}"}

    for mode in modes:
        client.tasks.run(**order(mode))
        session.keep(mode)
    session.server.failures = [BUSY]
    client.tasks.run(**order("text-to-video"))
    session.keep("busy")
    session.server.failures = [REFUSALS["hiapi"]]
    try:
        client.tasks.create(**order("text-to-video"))
    except InvalidRequestError:
        session.keep("refused")
    client.tasks.run(**order("text-to-video"), callback={"url": CALLBACK, "when": "final"})
    session.keep("called back")
    client.tasks.list(page=1, size=20)
    session.keep("list")
    return {}


HOSTS = {
    "runware": (record_runware, ("runware-sdk",)),
    "wavespeed": (record_wavespeed, ("wavespeed",)),
    "scenario": (record_scenario, ("scenario-sdk",)),
    "hiapi": (record_hiapi, ("hiapi",)),
}


def record(host):
    """The requests of a host's clients and their versions, as they are written to its file."""
    work, packages = HOSTS[host]
    with RecordingServer(host) as server:
        session = Session(server)
        more = work(session)
    clients = {name: version(name) for name in packages}
    if host == "wavespeed":
        clients["@wavespeed/cli"] = json.loads((CLI / "package.json").read_text(encoding="utf-8"))["version"]
    return {"clients": clients, **more, "conversations": session.conversations}


def write_recordings(folder):
    """Writes one file for each host."""
    folder.mkdir(parents=True, exist_ok=True)
    for host in HOSTS:
        text = json.dumps(record(host), indent=2, ensure_ascii=False)
        (folder / f"{host}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_recordings(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("recordings"))
