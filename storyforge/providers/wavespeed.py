"""WaveSpeedAI: the mode is in the path, the parameters are the body."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlsplit

from storyforge.model.capabilities import DESCRIPTIVE, EITHER_MODES, MEGABYTE, Limits, Mode, Prices
from storyforge.model.clip import Job
from storyforge.model.messages import (
    Answer,
    Collecting,
    Finding,
    ListedJob,
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
    address_at,
    at,
    host_message,
    is_signed,
    list_at,
    moment,
    number_at,
    read_failure,
    read_status,
    text_at,
    usd_at,
    whole_at,
    word_at,
)
from storyforge.providers.asking import Pages, Unseen, ask, follow, read_list, unknown_word
from storyforge.providers.base import NO_PICTURES, merge_extra, picture_address
from storyforge.providers.host import DAY, Host, bearer, path_step

RUNNING = ("created", "processing", "pending")
LIST = {
    "page_size": 20,
    "created_after": "2000-01-01T00:00:00.000Z",
    "created_before": "2100-01-01T00:00:00.000Z",
    "include_inputs": True,
}
"""All jobs of the account: the host's own command line asks for no more at a time and always names two times. None of
ours is taken for them: a job that the list leaves out because a clock is wrong would look as if it had never been."""
CODE = re.compile(r"(?:^|code|error|[\[(])\W{0,3}(1[24]\d\d|50\d\d)\b", re.IGNORECASE)
"""A task's error code within its words. https://wavespeed.ai/docs/error-codes"""
PASSING = re.compile(r"\bHTTP (5\d\d|429)\b", re.IGNORECASE)
"""Words of a failed task by which it may pass another time, as the host's own client reads them: wavespeed 2.0.5."""

PAGE = "https://wavespeed.ai/docs/docs-api/alibaba/alibaba-happyhorse-1.1-reference-to-video"


class WaveSpeed(Host):
    """WaveSpeedAI: a lost order is looked for in the list of predictions."""

    name = "wavespeed"
    title = "WaveSpeedAI"
    model = "alibaba/happyhorse-1.1"
    base_url = "https://api.wavespeed.ai"
    settings = ("WAVESPEED_API_KEY",)
    # No word that binds a reference is documented (2026-11-21), so prompts describe which picture is meant.
    dialect = DESCRIPTIVE
    # 10 MB is stated for first frames alone; references are held to it too.
    limits = Limits(picture_bytes=10 * MEGABYTE, frame_ratio=2.5)
    modes = EITHER_MODES
    prices = Prices({"720p": 0.14, "1080p": 0.189}, source=PAGE, date="2026-11-21")
    recovery = Recovery.FIND
    # The level that every account begins with: two at a time. It has a rate too, two a minute, but what comes sooner
    # waits there in a queue, so nothing is gained by waiting here. https://wavespeed.ai/docs/account-levels
    at_once = 2
    pictures = "upload"

    def order(self, job: Job, pictures: Mapping[str, str] = NO_PICTURES) -> Request:
        """An endpoint for each mode, which is the last step of the model's address."""
        references = [picture_address(pictures, token) for token in job.references]
        by_mode: dict[Mode, dict[str, Any]] = {
            "text-to-video": {"aspect_ratio": job.aspect},
            "image-to-video": {
                "image": picture_address(pictures, job.first_frame)
            },  # has no aspect: the frame's shape wins
            "reference-to-video": {"images": references, "aspect_ratio": job.aspect},
        }
        body = {
            "prompt": job.prompt,
            **by_mode[job.mode],
            "resolution": job.resolution,
            "duration": job.seconds,
            # The page's table lets a seed begin at -1, its text at 0. Ours begin at 0, which both allow.
            "seed": job.seed,
        }
        return Request("POST", f"{self.base_url}/api/v3/{self.model}/{job.mode}", merge_extra(body, job.extra))

    def authorization(self, keys: Mapping[str, str]) -> Mapping[str, str]:
        """A bearer token."""
        return bearer(keys["WAVESPEED_API_KEY"])

    def read_order(self, answer: Answer, order: Request) -> str | Refused | None:
        """A code in the body may refuse an order that HTTP calls a success; a transient one leaves it unknown."""
        said = answer.json
        status, code = read_status(answer, said), whole_at(said, "code")
        if 200 <= status < 300 and code in (200, None):
            return number_at(said, "data", "id")
        reason = _reason(code) if 200 <= status < 300 else None
        if reason == "transient":
            return None
        return (
            Refused(reason, host_message(said) or f"code {code}") if reason else self.read_refusal(answer, said, status)
        )

    def collect(self, number: str) -> Collecting:
        """Polls the prediction by its id."""
        poll = Request("GET", f"{self.base_url}/api/v3/predictions/{path_step(number)}/result")
        end = yield from follow(poll, self._read, self.poll_seconds)
        return end.ended if isinstance(end, Unseen) else end

    def _read(self, said: Any) -> Ready | Refused | Unseen | Request | Wait | Note | None:
        task = at(said, "data")
        match word_at(task, "status"):
            case None:
                return None
            case "completed":
                return _film(task, said)
            case "failed" | "cancelled" | "canceled" | "timeout" | "deleted" as word:
                words = host_message(at(task, "error")) or f"{self.title} says `{word}` and no more"
                found = CODE.search(words)
                reason = _reason(whole_at(task, "code")) or _reason(int(found[1]) if found else None)
                if reason in (None, "fault") and PASSING.search(words):
                    reason = "transient"
                return read_failure(reason or ("transient" if word == "timeout" else "fault"), words)
            case word if word in RUNNING:
                # One page polls elsewhere than the next, so the address that the host itself names is preferred: only
                # with the host, for the key goes with it.
                url = address_at(task, "urls", "get")
                mine = url and url.startswith(f"{self.base_url}/")
                return Request("GET", url) if url and mine else Wait(self.poll_seconds)
            case word:
                return unknown_word(self.title, word)

    def upload(self, picture: Upload) -> Uploading:
        """Asks for a signed address and puts the bytes there, without the key; kept for 7 days, counted on for 6."""
        asked = {"filename": picture.name, "size": len(picture.content), "content_type": picture.media_type}
        answer = yield from ask(Request("POST", f"{self.base_url}/api/v3/media/uploads", asked))
        said = answer.json
        put, address = address_at(said, "data", "upload", "url"), address_at(said, "data", "download_url")
        if not put or not address or not 200 <= read_status(answer, said) < 300:
            return self.read_refusal(answer, said, read_status(answer, said)) or Refused(
                "transient", _no_ticket(answer, said)
            )
        headers = at(said, "data", "upload", "headers")
        texts = {
            name: text
            for name, text in (headers.items() if isinstance(headers, dict) else ())
            if isinstance(text, str)
            and f"{name}{text}".isprintable()
            and name.lower() not in ("host", "content-length")
        }
        sent = yield from ask(Request("PUT", put, None, texts, picture.content, keyed=False))
        if not 200 <= sent.status < 300:
            return Refused("transient", host_message(sent.json) or f"the picture was not taken: HTTP {sent.status}")
        return Placed(address, 6 * DAY)  # kept for 7. https://wavespeed.ai/docs/upload-files

    def find(self, order: Request) -> Finding:
        """Pages through all predictions of the account, for those of the same model and the same inputs."""
        model = _model(order)

        def page(count: int, last: Any) -> Request | None:
            if count and not list_at(last, "data", "items"):
                return None
            return Request("POST", f"{self.base_url}/api/v3/predictions", {"page": count + 1, **LIST})

        def read(item: Any) -> ListedJob | None:
            number, other = number_at(item, "id"), text_at(item, "model") not in (model, None)
            body = None if other else at(item, "input") or at(item, "inputs")
            known = number and (other or isinstance(body, dict))
            return ListedJob(number, body, moment(at(item, "created_at"))) if number and known else None

        return read_list(
            Pages(page, lambda said: list_at(said, "data", "items"), read, lambda said: whole_at(said, "data", "total"))
        )

    def price(self, order: Request) -> Generator[Step, Answer | None, float | None]:
        """The host's price of exactly these inputs; None for another currency than US dollars."""
        asked = {"model_id": _model(order), "inputs": order.json}
        answer = yield from ask(Request("POST", f"{self.base_url}/api/v3/model/pricing", asked))
        said = answer.json
        good = 200 <= read_status(answer, said) < 300 and at(said, "data", "currency") in (None, "USD")
        return usd_at(said, "data", "unit_price") if good else None

    def with_callback(self, order: Request, address: str) -> Request:
        """The address goes into the query of the order's own address."""
        # Another page shows `webhook_url` in the body. https://wavespeed.ai/docs/how-to-use-webhooks has the query.
        return replace(order, url=f"{order.url}?webhook={quote(address, safe='')}")

    def read_callback(self, headers: Mapping[str, str], body: bytes, secret: str | None, now: float) -> str | None:
        """Signed with HMAC over id, time stamp and body, scheme `v3`; the secret is used as text."""
        lower = {name.lower(): value for name, value in headers.items()}
        name, stamp = lower.get("webhook-id", ""), lower.get("webhook-timestamp", "")
        version, _, signature = lower.get("webhook-signature", "").partition(",")
        signed = f"{name}.{stamp}.".encode(errors="replace") + body
        # The key is the text itself; elsewhere what follows `whsec_` is base64. https://wavespeed.ai/docs/verify-webhooks
        key = (secret or "").removeprefix("whsec_")
        if version != "v3" or not key or not is_signed(signature, key, stamp, signed, now):
            return None
        return number_at(Answer(200, {}, body).json, "id")


def _model(order: Request) -> str:
    return urlsplit(order.url).path.rpartition("/api/v3/")[2]


def _film(task: Any, said: Any) -> Ready | Unseen:
    """The first address among the outputs: a list of them, or, says another part of the same page, an object."""
    outputs = at(task, "outputs")
    for output in outputs if isinstance(outputs, list) else outputs.values() if isinstance(outputs, dict) else ():
        if url := address_at(output) or address_at(output, "url"):
            return Ready(url)
    return Unseen("the task is done, without the address of a film", said)


def _reason(code: int | None) -> Reason | None:
    """What a number of the host's own says."""
    if code is None or not (1200 <= code < 1500 or 5000 <= code < 5100):
        return None
    if code in (1403, 1405):
        return "fault"  # "the task failed" blames no content and no parameter
    return "moderation" if code == 1200 else "invalid" if code < 1500 else "transient"


def _no_ticket(answer: Answer, said: Any) -> str:
    return host_message(said) or f"no ticket for the picture: HTTP {answer.status}"
