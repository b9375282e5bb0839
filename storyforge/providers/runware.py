"""Runware: one address, an array of tasks, and the one host that takes a first frame and references together."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from storyforge.model.capabilities import ALL_MODES, DESCRIPTIVE, MEGABYTE, Limits, Mode, Prices
from storyforge.model.clip import Job
from storyforge.model.messages import (
    Answer,
    Collecting,
    Finding,
    ListedJob,
    Listing,
    Note,
    Placed,
    Ready,
    Reason,
    Recovery,
    Refused,
    Request,
    Step,
    Upload,
    Uploading,
    Wait,
)
from storyforge.providers.answers import (
    MODERATION,
    address_at,
    at,
    host_message,
    items_at,
    number_at,
    share_at,
    text_at,
    usd_at,
    word_at,
)
from storyforge.providers.asking import Asking, Unseen, ask, follow, unknown_word
from storyforge.providers.base import NO_PICTURES, merge_extra, picture_address
from storyforge.providers.host import DAY, Host, bearer, data_uri, with_header

SIZES: Mapping[tuple[str, str], tuple[int, int]] = {
    ("16:9", "720p"): (1280, 720),
    ("16:9", "1080p"): (1920, 1080),
    ("9:16", "720p"): (720, 1280),
    ("9:16", "1080p"): (1080, 1920),
    ("1:1", "720p"): (960, 960),
    ("1:1", "1080p"): (1440, 1440),
    # Both 17:13, a little narrower than 4:3: the nearest that the host sells. Conforming crops what is over.
    ("4:3", "720p"): (1088, 832),
    ("4:3", "1080p"): (1632, 1248),
    ("3:4", "720p"): (832, 1088),
    ("3:4", "1080p"): (1248, 1632),
}
"""Width and height by aspect and resolution; any other pair is refused."""

RUNNING = ("processing", "pending")
NOT_FOUND = ("taskFailedOrNotFound", "taskNotFound")
UNSEEN = 30
"""Empty answers in a row after which the host is asked whether it has the task at all."""

ACCEPTED = ("conflictTaskUUID", "duplicateTaskUUID")
"""Codes by which the host has the task already. The second was never seen (2026-11-30), but the host's client knows
codes that begin with `duplicate`; were it said of a task's id, an order under another id would be the second."""
REASONS: tuple[tuple[Reason | None, str], ...] = (
    ("moderation", r"providerContent"),
    ("credentials", r"api.?key|unauthori|forbidden|permission|^auth|authentication|credentials|^token|accessDenied"),
    ("credentials", r"(account|organization|workspace)(Suspended|Disabled)"),
    ("credit", r"insufficient|payment|balance|quota|credits|environmentPaused"),
    ("limit", r"rate.?limit|too.?many|concurren|queue"),
    (None, r"internalServer|server(ice)?Unavailable|standardError|unknownError|undefinedError|defaultError"),
    ("transient", r"inferenceError|processingFailed|taskFailed|(down|up)loadFailed|noAvailableServer|timeout"),
    ("transient", r"model(Unavailable|NotReady)"),
    (
        "invalid",
        r"^(invalid|missing|unsupported|value|array|conflict|unknown|incompatible|duplicate|max)|notFound$|expired$",
    ),
    ("invalid", r"^(mismatch|transparentModelMismatch|modelOwnership|modelAlreadyExists|validationFailed)"),
)
"""Reasons by the code of an error, the first that fits; None where the host itself stumbled, and no task is meant.
https://runware.ai/docs/platform/errors and the classes of the host's own client, runware-sdk 1.8.0 (2026-11-21)."""


class Runware(Host):
    """Runware: a lost order is sent again under its task's id; its table of prices holds lower bounds."""

    name = "runware"
    title = "Runware"
    model = "alibaba:happyhorse@1.1"
    base_url = "https://api.runware.ai/v1"
    settings = ("RUNWARE_API_KEY",)
    dialect = DESCRIPTIVE
    # No ceiling for a picture is published (looked for on 2026-11-21); 20 MB is the largest that any host of the model
    # states.
    limits = Limits(picture_bytes=20 * MEGABYTE, own_ids="uuid")
    modes = ALL_MODES
    # "From" prices: the host's own examples come out some 3 % dearer, so an order asks for its true cost.
    prices = Prices(
        {"720p": 0.14, "1080p": 0.18},
        source="https://runware.ai/docs/models/alibaba-happyhorse-1-1",
        date="2026-11-21",
    )

    recovery = Recovery.SAME
    # How long a UUID stays taken is not published (2026-11-30): a day, the shortest life that any host states for its
    # ids. What is older is looked up by its UUID, and never sent again.
    id_seconds = DAY
    # 503 is answered before a task is taken on; were it not, the same UUID would find it.
    early_refusals = frozenset({429, 503})
    # How long the film's address is good. https://runware.ai/docs/models/alibaba-happyhorse-1-1 (2026-11-21)
    free_extra = frozenset({"ttl"})
    at_once = 3  # "2 to 4 at a time" is the advice to begin with. https://runware.ai/docs/platform/rate-limits
    pictures = "inline"
    # How much one request may hold is not published (2026-11-21). Nine pictures of this size come to less than 1 MB,
    # the least that servers are commonly set to take; a larger one is uploaded once and then named by its id.
    inline_bytes = 64_000

    def order(self, job: Job, pictures: Mapping[str, str] = NO_PICTURES) -> Request:
        """A list of one task. Size or resolution tier, by mode; the task's UUID follows from the job's fingerprint."""
        width, height = SIZES[job.aspect, job.resolution]
        size = {"width": width, "height": height}
        # A first frame gives the shape, so a size with it is refused; without one only a size fixes the shape, for
        # nobody says which of several references would. https://runware.ai/docs/models/alibaba-happyhorse-1-1
        tier = {"resolution": job.resolution}
        frame = {"frameImages": [{"image": picture_address(pictures, job.first_frame), "frame": "first"}]}
        references = {"referenceImages": [picture_address(pictures, token) for token in job.references]}
        by_mode: dict[Mode, dict[str, Any]] = {
            "text-to-video": size,
            "image-to-video": {"inputs": frame, **tier},
            "reference-to-video": {"inputs": references, **size},
            "combined": {"inputs": {**frame, **references}, **tier},
        }
        task = {
            "taskType": "videoInference",
            "taskUUID": task_uuid(job.fingerprint),
            "model": self.model,
            "positivePrompt": job.prompt,
            **by_mode[job.mode],
            "duration": job.seconds,
            "seed": job.seed,
            "numberResults": 1,
            "outputType": "URL",
            "outputFormat": "MP4",
            "outputQuality": 95,
            "deliveryMethod": "async",
            "includeCost": True,
        }
        return Request("POST", self.base_url, [merge_extra(task, job.extra)])

    def authorization(self, keys: Mapping[str, str]) -> Mapping[str, str]:
        """A bearer token."""
        return bearer(keys["RUNWARE_API_KEY"])

    def read_order(self, answer: Answer, order: Request) -> str | Refused | None:
        """That the host has a task of this UUID already counts as accepted: no second one is billed."""
        said, number = answer.json, number_at(order.json, 0, "taskUUID")
        if number is None:
            return None
        errors = _errors(said, number)
        # The host has the task already: an earlier answer was lost, or came from a run that died.
        if any(text_at(error, "code") in ACCEPTED for error in errors):
            return number
        if answer.status in self.early_refusals:
            return self.read_refusal(answer, said)
        if answer.status >= 500:
            return None
        if 200 <= answer.status < 300 and any(not at(item, "error") for item in _tasks(said, number)):
            return number
        if errors:
            reason = _reason(errors[0], answer.status)
            return Refused(reason, host_message(errors)) if reason else None
        return self.read_refusal(answer, said) if answer.status >= 400 else None

    def collect(self, number: str) -> Collecting:
        """Polls by the task's UUID; before an unseen task is given up, the host's archive is asked."""
        poll = self._task("getResponse", number)
        while True:
            end = yield from follow(poll, lambda said: _read(said, number, self.title), self.poll_seconds, UNSEEN)
            if not isinstance(end, Unseen):
                return end
            if end.words:
                return end.ended
            # An empty answer may mean "running" or "never heard of it" (2026-11-21), and giving up a task that runs
            # would pay for it twice: so the host's archive has the last word.
            known = yield from self._look_up(number)
            if known.fault is None and not known.jobs:
                return Refused("fault", "the host knows no task of this id")

    def find(self, order: Request) -> Finding:
        """Asks for the order's own UUID: the host keeps no list, but an archive of its tasks."""
        number = number_at(order.json, 0, "taskUUID")
        found = (yield from self._look_up(number)) if number else Listing(fault="the order has no id")
        return replace(found, jobs=tuple(replace(job, body=order.json) for job in found.jobs))

    def _look_up(self, number: str) -> Asking[Listing]:
        """The task of an id, without its body; none where the host says that it has none."""
        answer = yield from ask(self._task("getTaskDetails", number))
        said = answer.json
        if any(at(task, "request") or at(task, "response") for task in _tasks(said, number)):
            return Listing((ListedJob(number, None, None),), None, answer.date)
        codes = [text_at(error, "code") or "" for error in _errors(said, number)]
        empty = 200 <= answer.status < 300 and at(said, "data") == [] and not codes
        none = empty or any(code.lower().endswith("notfound") for code in codes)
        words = host_message(said) or f"HTTP {answer.status}"
        return Listing((), None if none else words, answer.date, answer.status in (401, 403))

    def upload(self, picture: Upload) -> Uploading:
        """Inside a task, as a data URI under a new id; counted on for a week."""
        # A new id each time: an id that was used before is refused, and a picture may be brought again for nothing.
        task = {"operation": "upload", "media": data_uri(picture)}
        answer = yield from ask(self._task("mediaStorage", str(uuid4()), **task))
        said = answer.json
        for item in items_at(said, "data"):
            if address := number_at(item, "mediaUUID") or address_at(item, "mediaURL"):
                # How long it is kept is not stated (2026-11-21). The older `imageUpload` keeps a picture for 30 days
                # after its last use; a week is well within. https://runware.ai/docs/platform/media-storage
                return Placed(address, 7 * DAY)
        errors = items_at(said, "errors")
        if not errors and answer.status in (401, 402, 403):
            return self.read_refusal(answer, said) or Refused("credentials", f"HTTP {answer.status}")
        reason = _reason(errors[0], answer.status) if errors else None
        return Refused(reason or "transient", host_message(said) or f"HTTP {answer.status}")

    def price(self, order: Request) -> Generator[Step, Answer | None, float | None]:
        """A dry run of the order under another id."""
        # Under another id: whether a dry run uses its id up is not published (2026-11-21), and the order needs its own.
        # The same each time, so that even a host that overlooked the header would bill one task at most.
        tasks = [{**task, "taskUUID": task_uuid(f"price of {task['taskUUID']}")} for task in order.json]
        dry = with_header(replace(order, json=tasks, content=None), "X-Runware-Dry-Run", "1")
        answer = yield from ask(dry)
        return usd_at(answer.json, "data", 0, "cost") if answer.status == 200 else None

    def with_account(self, order: Request, account: str) -> Request:
        """A UUID is taken for all accounts at once: with one of its own, no account asks for another's task."""
        tasks = [{**task, "taskUUID": task_uuid(f"{task['taskUUID']} of {account}")} for task in order.json]
        return replace(order, json=tasks)

    def with_callback(self, order: Request, address: str) -> Request:
        """The address goes into every task of the list."""
        return replace(order, json=[{**task, "webhookURL": address} for task in order.json])

    def read_callback(self, headers: Mapping[str, str], body: bytes, secret: str | None, now: float) -> str | None:
        """The host signs nothing: the receiver of the call has found a token in its address."""
        said = Answer(200, {}, body).json
        # How an error is reported is not published (2026-11-21): the bare error or the list of errors.
        return number_at(said, "taskUUID") or number_at(said, "errors", 0, "taskUUID")

    def _task(self, kind: str, number: str, **fields: Any) -> Request:
        return Request("POST", self.base_url, [{"taskType": kind, "taskUUID": number, **fields}])


def _read(said: Any, number: str, title: str) -> Ready | Refused | Unseen | Wait | Note | None:
    """What an answer says of one task; not seen, without words, where it says nothing. Finished results stand in every
    later answer again, so the first will do."""
    tasks = _tasks(said, number)
    for task in tasks:
        url = address_at(task, "videoURL")
        # Not every sample of a finished item carries a status; its address is what tells.
        if url and not at(task, "error") and word_at(task, "status") not in RUNNING:
            return Ready(url, usd_at(task, "cost"))
    for error in _errors(said, number):
        reason = _reason(error, 200)
        if text_at(error, "code") in NOT_FOUND:
            return Unseen(host_message(error))
        if reason not in (None, "limit"):
            return Refused(reason or "fault", host_message(error) or "the host gives no reason")
        return None
    for task in tasks:
        word = word_at(task, "status")
        if word == "error":
            return Refused("fault", host_message(task) or "the host gives no reason")
        if word == "success" or (word is None and (number_at(task, "videoUUID") or usd_at(task, "cost") is not None)):
            return Unseen("the task is done, without the address of a film", said)
        if word in (None, *RUNNING):
            return Wait(Runware.poll_seconds, share_at(task, 100, "progress"))
        return unknown_word(title, word)
    return Unseen("") if isinstance(at(said, "data"), list) else None


def _is(item: Any, number: str) -> bool:
    return (text_at(item, "taskUUID") or "").lower() == number.lower()


def _tasks(said: Any, number: str) -> list[Any]:
    return [item for item in items_at(said, "data") if _is(item, number)]


def _errors(said: Any, number: str) -> list[Any]:
    """Errors of one task: next to the data, instead of them, or within; those of other tasks are not ours."""
    beside = [one for one in items_at(said, "errors") if at(one, "taskUUID") is None or _is(one, number)]
    within = [at(task, "error") for task in _tasks(said, number)]
    return [error for error in (*beside, *within) if host_message(error)]


def _reason(error: Any, status: int) -> Reason | None:
    by_status: Mapping[int, Reason] = {401: "credentials", 402: "credit", 429: "limit", 503: "limit"}
    if status in by_status:
        return by_status[status]
    if MODERATION.search(host_message(error)):
        return "moderation"
    code = text_at(error, "code") or ""
    for reason, pattern in REASONS:
        if re.search(pattern, code, re.IGNORECASE):
            return reason
    return "credentials" if status == 403 else "invalid" if status >= 400 else "fault"


def task_uuid(fingerprint: str) -> str:
    """The name that an order goes by: the host refuses it the second time, so the same bytes are never billed twice."""
    return str(UUID(bytes=sha256(fingerprint.encode()).digest()[:16], version=4))
