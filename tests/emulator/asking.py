"""A client of the emulator for tests: each host's way of asking, with nothing of the providers in it."""

from __future__ import annotations

import base64
import copy
import http.server
import io
import json
import threading
import time
import uuid

import httpx
from PIL import Image

from storyforge.emulator import Emulator

ABSENT = object()


def picture(width=512, height=512, form="PNG", colour="red"):
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, form)
    return out.getvalue()


def data_uri(content=None):
    return "data:image/png;base64," + base64.b64encode(content or picture()).decode()


def uuid4():
    return str(uuid.uuid4())


def changed(body, where, value):
    """A copy of a body with one value set at a path of keys, or taken out."""
    body = copy.deepcopy(body)
    *outer, last = where
    inner = body
    for key in outer:
        inner = inner[key]
    if value is ABSENT:
        del inner[last]
    else:
        inner[last] = value
    return body


class Asking:
    """Speaks to all hosts with one key."""

    def __init__(self, emulator: Emulator, key="key-1", timeout=20.0):
        self.emulator = emulator
        self.key = key
        self.http = httpx.Client(trust_env=False, timeout=timeout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.close()

    def send(self, host, method, path="", body=ABSENT, headers=None, **more):
        key = self.key
        scheme = (
            f"Basic {base64.b64encode(f'{key}:secret'.encode()).decode()}" if host == "scenario" else f"Bearer {key}"
        )
        given = {"Authorization": scheme} if key else {}
        if body is not ABSENT:
            more["content"] = json.dumps(body)
            given["Content-Type"] = "application/json"
        return self.http.request(method, self.emulator.bases()[host] + path, headers=given | (headers or {}), **more)

    def order(self, host, body=None, **more):
        """Order a clip with a body that is right unless another is given."""
        body = copy.deepcopy(TEXT[host]) if body is None else body
        if host == "runware" and body[0].get("taskUUID") == "":
            body[0]["taskUUID"] = uuid4()
        return self.send(host, "POST", ORDERS[host], body, **more)

    def ordered(self, host, body=None):
        """Order and give the job's id."""
        answer = self.order(host, body)
        assert answer.status_code == 200, answer.text
        return job_id(host, answer.json())

    def poll(self, host, job):
        if host == "runware":
            return self.send(host, "POST", "", [{"taskType": "getResponse", "taskUUID": job}])
        return self.send(host, "GET", POLLS[host].format(job))

    def wait(self, host, job, seconds=10):
        """Poll until the job has ended; its last answer as JSON."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            answer = self.poll(host, job).json()
            if status(host, answer) in ENDS[host]:
                return answer
            time.sleep(0.005)
        raise AssertionError(f"{host} does not end: {answer}")

    def film_address(self, host, job):
        """Where the film of an ended job is."""
        answer = self.wait(host, job)
        match host:
            case "runware":
                return answer["data"][0]["videoURL"]
            case "wavespeed":
                return answer["data"]["outputs"][0]
            case "scenario":
                asset = self.send(host, "GET", f"/assets/{answer['job']['metadata']['assetIds'][0]}").json()
                return asset["asset"]["url"]
            case "hiapi":
                return next(one["url"] for one in answer["data"]["output"] if one["type"] == "video")
        return answer["data"]["video_url"]

    def film(self, host, job):
        """The bytes of an ended job's film, fetched without a key."""
        answer = self.http.get(self.film_address(host, job))
        assert answer.status_code == 200, answer.text
        return answer.content

    def asset(self, content=None):
        """A picture that Scenario knows."""
        body = {"name": "one.png", "image": base64.b64encode(content or picture()).decode()}
        return self.send("scenario", "POST", "/assets", body).json()["asset"]["id"]


def job_id(host, answer):
    match host:
        case "runware":
            return answer["data"][0]["taskUUID"]
        case "wavespeed":
            return answer["data"]["id"]
        case "scenario":
            return answer["job"]["jobId"]
        case "hiapi":
            return answer["data"]["taskId"]
    return answer["data"]["task_id"]


def status(host, answer):
    """The host's word for the status of a job; None where the answer does not say."""
    if host == "runware":
        if answer.get("errors") and not answer.get("data"):
            return "error"
        return answer["data"][-1]["status"] if answer.get("data") else None
    if host == "scenario":
        return answer.get("job", {}).get("status")
    return (answer.get("data") or {}).get("status")


TEXT = {
    "runware": [
        {
            "taskType": "videoInference", "taskUUID": "", "model": "alibaba:happyhorse@1.1", "positivePrompt": "A lamp.",
            "width": 1280, "height": 720, "duration": 3, "seed": 7,
        }
    ],
    "wavespeed": {"prompt": "A lamp.", "resolution": "720p", "aspect_ratio": "16:9", "duration": 3, "seed": 7},
    "scenario": {"prompt": "A lamp.", "resolution": "720P", "aspectRatio": "16:9", "duration": 3, "seed": 7},
    "hiapi": {
        "model": "happyhorse-1.1/text-to-video",
        "input": {"prompt": "A lamp.", "resolution": "720p", "aspect_ratio": "16:9", "duration": 3},
    },
    "joypix": {
        "model": "happyhorse-1.0-t2v", "prompt": "A lamp.", "resolution": "720p", "aspect_ratio": "16:9", "duration": 3, "seed": 7,
    },
}  # fmt: skip
"""A good order of each host, without pictures, three seconds wide."""

ORDERS = {
    "runware": "",
    "wavespeed": "/api/v3/alibaba/happyhorse-1.1/text-to-video",
    "scenario": "/generate/custom/model_alibaba-happy-horse-1.1",
    "hiapi": "/tasks",
    "joypix": "/v1/alibaba/text-to-video",
}
POLLS = {
    "wavespeed": "/api/v3/predictions/{}/result",
    "scenario": "/jobs/{}",
    "hiapi": "/tasks/{}",
    "joypix": "/v1/tasks/{}",
}
ENDS = {
    "runware": ("success", "error"),
    "wavespeed": ("completed", "failed"),
    "scenario": ("success", "failure"),
    "hiapi": ("success", "fail"),
    "joypix": ("completed", "failed"),
}
GOOD = {host: words[0] for host, words in ENDS.items()}
HOSTS = tuple(TEXT)


class Receiver:
    """Takes callbacks on a port of its own."""

    def __init__(self, refuse=0):
        received = self.received = []
        left = [refuse]

        class Taking(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                received.append((dict(self.headers), body, json.loads(body)))
                left[0] -= 1
                self.send_response(500 if left[0] >= 0 else 204)
                self.end_headers()

            def do_PUT(self):
                received.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"])), None))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Taking)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"

    def __enter__(self):
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def wait(self, count=1, seconds=8):
        until = time.monotonic() + seconds
        while len(self.received) < count and time.monotonic() < until:
            time.sleep(0.01)
        assert len(self.received) >= count, f"{len(self.received)} of {count} callbacks came"
        return self.received
