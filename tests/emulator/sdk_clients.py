"""Drives the hosts' official clients against base addresses that are given.

    python sdk_clients.py NAME '{"runware": "http://127.0.0.1:1/runware/v1", ...}'

Writes one JSON document: what the client returned, or the error it raised.
"""

import asyncio
import base64
import io
import json
import os
import struct
import sys
import tempfile
import uuid
import zlib


def png(width=512, height=512):
    """A grey picture, without a library for pictures."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = zlib.compress((b"\0" + b"\x80" * width) * height)
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def runware(base):
    from runware import Runware

    async def work():
        async with Runware(api_key="sdk-key", transport="rest", http_base_url=base) as client:
            media = "data:image/png;base64," + base64.b64encode(png()).decode()
            (stored,) = await client.media_storage({"operation": "upload", "media": media})
            order = {
                "taskType": "videoInference", "taskUUID": str(uuid.uuid4()), "model": "alibaba:happyhorse@1.1",
                "positivePrompt": "A lamp.", "width": 1280, "height": 720, "duration": 3, "includeCost": True,
                "inputs": {"referenceImages": [stored["mediaUUID"]]},
            }  # fmt: skip
            (result,) = await client.run(dict(order))
            (details,) = await client.get_task_details({"taskUUID": order["taskUUID"]})
            try:
                await client.run(dict(order))
                again = None
            except Exception as error:
                again = {"code": error.code, "status": error.status_code, "parameter": error.parameter}
            return {"job": result["taskUUID"], "film": result["videoURL"], "again": again, "cost": result["cost"],
                    "request": details["request"]}  # fmt: skip

    return asyncio.run(work())


def wavespeed(base):
    from wavespeed import Client

    client = Client("sdk-key", base_url=base)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "one.png")
        with open(path, "wb") as file:
            file.write(png())
        address = client.upload(path)
    streamed = client.upload(io.BytesIO(png()))
    body = {
        "prompt": "A lamp.",
        "images": [address, streamed],
        "resolution": "720p",
        "aspect_ratio": "16:9",
        "duration": 3,
    }
    result = client.run("alibaba/happyhorse-1.1/reference-to-video", body, poll_interval=0.05)
    try:
        client.run("alibaba/happyhorse-1.1/reference-to-video", body | {"duration": 2})
        refused = None
    except Exception as error:
        refused = str(error)
    return {"film": result["outputs"][0], "address": address, "refused": refused}


def scenario(base):
    import time

    from scenario_sdk import BadRequestError, Scenario

    os.environ["SCENARIO_BASE_URL"] = base
    with Scenario(api_key="sdk-key", api_secret="secret", max_retries=0) as client:
        asset = client.assets.upload(name="one.png", image=base64.b64encode(png()).decode()).asset.id
        upload = client.uploads.create(
            kind="asset", file_name="one.png", content_type="image/png", file_size=len(png()), parts=1
        )
        import httpx

        httpx.put(upload.upload.parts[0].url, content=png(), trust_env=False).raise_for_status()
        client.uploads.trigger_action(upload.upload.id, action="complete")
        large = client.uploads.retrieve(upload.upload.id).upload.entity_id
        model = "model_alibaba-happy-horse-reference-to-video-1.1"
        body = {"prompt": "character1 meets character2", "referenceImages": [asset, large], "resolution": "720P",
                "aspectRatio": "16:9", "duration": 3}  # fmt: skip
        price = client.generate.with_raw_response.run_model(model, body=body, dry_run="true")
        job = client.generate.run_model(model, body=body).job
        while (job := client.jobs.retrieve(job.job_id).job).status not in ("success", "failure", "canceled"):
            time.sleep(0.05)
        made = client.assets.retrieve(job.metadata.asset_ids[0]).asset
        client.generate.run_model(model, body=body)
        listed = [one.job_id for one in client.jobs.list(page_size=1, created_after="2020-01-01T00:00:00Z")]
        try:
            client.generate.run_model(model, body=body | {"prompt": "nobody"})
            refused = None
        except BadRequestError as error:
            refused = error.body
        endpoint = client.projects.webhook_endpoints.create(
            "p", url="http://127.0.0.1:9/", enabled_events=["generation.failed"]
        )
        return {"job": job.job_id, "film": made.url, "kind": made.mime_type, "price": [price.http_response.status_code, price.http_response.json()],
                "listed": listed, "refused": refused, "secret": endpoint.webhook_endpoint.secret}  # fmt: skip


def hiapi(base):
    from hiapi import HiAPI
    from hiapi.errors import APIError

    client = HiAPI("sk-sdk-key", base_url=base)
    order = {
        "model": "happyhorse-1.1/text-to-video",
        "input": {"prompt": "A lamp.", "duration": 3, "resolution": "720p"},
    }
    created = client.tasks.create(**order, idempotency_key="one")
    again = client.tasks.create(**order, idempotency_key="one")
    task = client.tasks.wait(created.task_id, poll_interval=0.05)
    errors = []
    for body, key in (({"prompt": "Another."}, "one"), ({"prompt": "x", "seed": 1}, "two")):
        try:
            client.tasks.create(model=order["model"], input=body, idempotency_key=key)
        except APIError as error:
            errors.append([type(error).__name__, error.status, error.error_code, str(error)])
    page = client.tasks.list(size=1)
    film = next(one.url for one in task.output if one.type == "video")
    return {"job": created.task_id, "again": [again.task_id, again.idempotent_replay], "film": film, "errors": errors,
            "listed": [one.task_id for one in page.items], "total": page.total}  # fmt: skip


def hiapi_callback(base):
    """Verifies a callback that comes on standard input: `{"body", "headers", "secret"}`."""
    from hiapi import HiAPI

    given = json.load(sys.stdin)
    client = HiAPI("sk-sdk-key", base_url=base, webhook_secret=given["secret"])
    return {"status": client.webhooks.verify(given["body"], given["headers"]).status}


if __name__ == "__main__":
    clients = {
        "runware": runware,
        "wavespeed": wavespeed,
        "scenario": scenario,
        "hiapi": hiapi,
        "hiapi-callback": hiapi_callback,
    }
    name, bases = sys.argv[1], json.loads(sys.argv[2])
    sys.stdout.write(json.dumps(clients[name](bases[name.partition("-")[0]])) + "\n")
