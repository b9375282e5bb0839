"""A server on this machine that records every request and gives minimal valid answers.

It uses only the standard library, so it also runs where only the hosts' own clients are installed. It checks nothing:
that is the emulator's task. A request that matches no route is recorded as `nowhere`.
"""

from __future__ import annotations

import base64
import http.server
import json
import re
import struct
import threading
import time
import uuid
import zlib
from urllib.parse import parse_qsl, urlsplit

VERSIONS = {"runware": "/v1", "scenario": "/v1", "hiapi": "/v1"}
"""Path of the base address, where there is one."""

VARYING = frozenset(
    {"host", "user-agent", "accept-encoding", "x-client-os", "x-stainless-arch", "x-stainless-os"}
    | {"x-stainless-runtime", "x-stainless-runtime-version"}
)
"""Headers whose values depend on the machine, on Python or on other packages: only their names are recorded."""

UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
DATA_URI = re.compile(r"data:(\w+/\w+);base64,(.+)", re.DOTALL)

OK = {"code": 200, "message": "success"}
JOB = "job-1"


def draw_png(side=128, colour=128):
    """A grey picture as PNG, `side` pixels wide and high; drawn without a library for pictures.

    It is not compressed, so that its size is the same with every version of zlib.
    """

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = zlib.compress((b"\0" + bytes([colour]) * side) * side, 0)
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def _is_png(text):
    try:
        return base64.b64decode(text, validate=True).startswith(b"\x89PNG")
    except ValueError:
        return False


def generalize(value, base):
    """A body in which random ids, times, pictures and the server's address are replaced by a word for their kind."""
    if isinstance(value, dict):
        return {name: generalize(one, base) for name, one in value.items()}
    if isinstance(value, list):
        return [generalize(one, base) for one in value]
    if not isinstance(value, str):
        return value
    if UUID4.fullmatch(value):
        return "<UUID 4>"
    if MOMENT.fullmatch(value):
        return "<time to the millisecond, UTC>"
    if (uri := DATA_URI.fullmatch(value)) and _is_png(uri[2]):
        return f"<data URI of {uri[1]}>"
    if len(value) > 100 and _is_png(value):
        return "<PNG in base64>"
    return value.replace(base, "<server>")


def describe_body(content, media_type, base):
    """A body as it is recorded: JSON as values, anything else as a short text; None if there is no body."""
    if not content:
        return None
    if media_type.partition(";")[0].strip() == "application/json":
        return {"json": generalize(json.loads(content), base)}
    return {"bytes": "PNG" if content.startswith(b"\x89PNG") else content.decode("latin-1")[:200]}


class RecordingServer:
    """One host on a free port of this machine, in use as a context manager.

    `film` holds the bytes that are served as the film of each job. `failures` are answers (status, JSON) that the next
    orders get instead of good ones.
    """

    def __init__(self, host, film=b""):
        self.host, self.film = host, film
        self.requests = []
        self.failures = []
        self.unseen = 0
        """Polls that get an empty answer before the job is done; only at Runware."""
        self.ordered = {}
        """Path and body of the last order."""
        self.brought = 0
        recorder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def handle_any(self):
                recorder._handle(self)

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = handle_any

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.origin = f"http://127.0.0.1:{self._server.server_port}"

    @property
    def base(self):
        """The base address, as a client is given it."""
        return self.origin + VERSIONS.get(self.host, "")

    def __enter__(self):
        poll = {"poll_interval": 0.02}
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs=poll, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def take(self):
        """The requests since the last call, without downloads of films."""
        taken, self.requests = [one for one in self.requests if one["what"] != "film"], []
        return taken

    def _handle(self, handler):
        content = _read_body(handler)
        parts = urlsplit(handler.path)
        headers = {name.lower(): value for name, value in handler.headers.items()}
        what = self._find(handler.command, handler.path, headers, content)
        described = {
            "what": what,
            "method": handler.command,
            "path": parts.path,
            "query": generalize(dict(parse_qsl(parts.query, keep_blank_values=True)), self.origin),
            "headers": {name: _header(name, headers[name]) for name in sorted(headers)},
            "body": describe_body(content, headers.get("content-type", ""), self.origin),
        }
        self.requests.append(described)
        if what == "film":
            _answer(handler, 200, self.film, "video/mp4")
            return
        status, said = self._answer(what, parts.path, content)
        _answer(handler, status, json.dumps(said).encode(), "application/json")

    def _find(self, method, target, headers, content):
        """Which call a request is, by method and path; at Runware by the type of its task."""
        path, _, query = target.partition("?")
        if (method, path) == ("GET", "/film.mp4"):
            return "film"
        if query == "dryRun=true":
            return "price"
        found = next(
            (what for verb, pattern, what in ROUTES[self.host] if verb == method and re.fullmatch(pattern, path)),
            "nowhere",
        )
        if found != "task":
            return found
        try:
            kind = json.loads(content)[0]["taskType"]
        except (ValueError, LookupError, TypeError):
            return "nowhere"
        return "price" if "x-runware-dry-run" in headers else TASKS.get(kind, "nowhere")

    def _answer(self, what, path, content):
        if what == "nowhere":
            return 404, {"message": "there is nothing here"}
        if what == "order":
            self.ordered = {"path": path, "body": json.loads(content)}
            if self.failures:
                return self.failures.pop(0)
        return ANSWERS[self.host](self, what, content)


def _header(name, value):
    if name == "content-length":
        return "<length>"
    return "<varies>" if name in VARYING else value


def _read_body(handler):
    if handler.headers.get("transfer-encoding", "").lower() != "chunked":
        return handler.rfile.read(int(handler.headers.get("content-length") or 0))
    content = b""
    while size := int(handler.rfile.readline(), 16):
        content += handler.rfile.read(size)
        handler.rfile.readline()
    handler.rfile.readline()
    return content


def _answer(handler, status, content, media_type):
    handler.send_response(status)
    handler.send_header("Content-Type", media_type)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)


TASKS = {
    "videoInference": "order", "getResponse": "poll", "getTaskDetails": "details", "mediaStorage": "upload",
    "imageUpload": "image", "accountManagement": "account",
}  # fmt: skip
"""Runware's types of tasks."""

MODE = "(text|image|reference)-to-video"
ROUTES = {
    "runware": [("POST", "/v1", "task")],
    "wavespeed": [
        ("POST", rf"/api/v3/alibaba/happyhorse-1\.1/{MODE}", "order"),
        ("GET", "/api/v3/predictions/[^/]+/result", "poll"),
        ("POST", "/api/v3/media/uploads", "upload"),
        ("PUT", "/tickets/1", "bytes"),
        ("POST", "/api/v3/predictions", "list"),
        ("POST", "/api/v3/model/pricing", "price"),
        ("POST", "/api/v3/predictions/delete", "delete"),
        ("GET", "/api/v3/models", "models"),
        ("GET", "/api/v3/balance", "balance"),
    ],
    "scenario": [
        ("POST", "/v1/generate/custom/model_alibaba-happy-horse-(reference-to-video-)?1[.]1", "order"),
        ("GET", "/v1/jobs", "list"),
        ("GET", "/v1/jobs/[^/]+", "poll"),
        ("GET", "/v1/assets/[^/]+", "asset"),
        ("POST", "/v1/assets", "upload"),
        ("POST", "/v1/uploads", "large"),
        ("PUT", "/parts/1", "bytes"),
        ("POST", "/v1/uploads/[^/]+/action", "end"),
        ("GET", "/v1/uploads/[^/]+", "imported"),
        ("POST", "/v1/jobs/[^/]+/action", "cancel"),
        ("DELETE", "/v1/assets", "delete"),
        ("GET", "/v1/models/[^/]+", "model"),
        ("GET", "/v1/usages", "usages"),
        ("POST", "/v1/projects/[^/]+/webhook-endpoints", "register"),
        ("GET", "/v1/projects/[^/]+/webhook-endpoints", "endpoints"),
    ],
    "hiapi": [("POST", "/v1/tasks", "order"), ("GET", "/v1/tasks", "list"), ("GET", "/v1/tasks/[^/]+", "poll")],
    "joypix": [("POST", f"/v1/alibaba/{MODE}", "order"), ("GET", "/v1/tasks/[^/]+", "poll")],
}  # fmt: skip
"""Method and path of each call that a host has."""


def _runware(server, what, content):
    (task,) = json.loads(content)
    told = {"taskType": task["taskType"], "taskUUID": task["taskUUID"]}
    if what == "poll" and server.unseen:
        server.unseen -= 1
        return 200, {"data": []}
    more = {
        "order": {},
        "price": {"cost": 1.12},
        "poll": {"status": "success", "videoURL": f"{server.origin}/film.mp4", "cost": 1.12},
        "details": {"request": [server.ordered.get("body")], "response": {"data": []}},
        "upload": {"operation": "upload", "mediaUUID": str(uuid.UUID(int=1, version=4))},
    }
    return 200, {"data": [told | more.get(what, {})]}


def _wavespeed(server, what, content):
    job = {"id": JOB, "status": "created", "outputs": [], "error": "", "model": "", "created_at": _now()}
    done = {"status": "completed", "outputs": [f"{server.origin}/film.mp4"]}
    if what == "upload":
        server.brought += 1
        put = {"method": "PUT", "url": f"{server.origin}/tickets/1", "headers": {"Content-Type": "image/png"}}
        return 200, OK | {"data": {"upload": put, "download_url": f"https://files.example/{server.brought}.png"}}
    if what == "list":
        known = {"model": server.ordered["path"].removeprefix("/api/v3/"), "input": server.ordered["body"]}
        return 200, OK | {"data": {"page": 1, "items": [job | known] if json.loads(content)["page"] == 1 else []}}
    price = {"model_id": "", "unit_price": 1.12, "currency": "USD"}
    told = {"order": job, "poll": job | done, "price": price, "models": [], "balance": {"balance": 1.0}}
    return 200, OK | {"data": told.get(what, {})}


def _scenario(server, what, content):
    job = {"jobId": JOB, "jobType": "custom", "status": "queued", "createdAt": _now(), "metadata": {"assetIds": []}}
    done = {"status": "success", "progress": 1, "metadata": {"assetIds": ["asset_film"]}}
    upload = {"id": "upload_1", "status": "pending", "parts": [{"number": 1, "url": f"{server.origin}/parts/1"}]}
    match what:
        case "upload":
            server.brought += 1
            return 200, {"asset": {"id": f"asset_{server.brought}"}}
        case "order":
            return 200, {"job": job, "creativeUnitsCost": 1}
        case "poll":
            return 200, {"job": job | done}
        case "asset":
            return 200, {"asset": {"id": "asset_film", "url": f"{server.origin}/film.mp4", "mimeType": "video/mp4"}}
        case "list":
            ours = {**server.ordered["body"], "modelId": server.ordered["path"].rpartition("/")[2]}
            return 200, {"jobs": [job | {"metadata": {"assetIds": [], "input": ours}}]}
        case "imported":
            return 200, {"upload": upload | {"status": "imported", "entityId": "asset_1"}}
        case "large" | "end":
            return 200, {"upload": upload}
    return 200, {}


def _hiapi(server, what, content):
    task = {"taskId": JOB, "model": "", "status": "success", "created": 1, "completed": 2, "error": None}
    output = [{"url": f"{server.origin}/film.mp4", "type": "video"}]
    page = {"tasks": [task], "page": 1, "size": 20, "total": 1}
    return 200, OK | {"data": {"order": {"taskId": JOB}, "poll": task | {"output": output}, "list": page}[what]}


def _joypix(server, what, content):
    done = {"status": "completed", "error": "", "video_url": f"{server.origin}/film.mp4"}
    return 200, OK | {"data": {"task_id": JOB} | (done if what == "poll" else {})}


ANSWERS = {"runware": _runware, "wavespeed": _wavespeed, "scenario": _scenario, "hiapi": _hiapi, "joypix": _joypix}


def _now():
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
