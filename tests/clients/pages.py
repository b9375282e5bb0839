"""Requests that no official client sends, taken word by word from the host's pages: all of JoyPix, a few of others.

`source` is the page, `words` is what it says. Headers of HTTP itself, which no page names, are left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .record import ADDRESSES, CALLBACK, KEY, WORDS


@dataclass(frozen=True)
class Page:
    """One request of a page, for the shot of the recordings."""

    host: str
    conversation: str
    call: str
    source: str
    words: str
    method: str
    path: str
    body: Any = None
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def request(self) -> dict[str, Any]:
        """As the recording server describes it."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        return {"method": self.method, "path": self.path, "query": self.query, "headers": headers, "body": self.body}


BEARER = {"Authorization": f"Bearer {KEY}"}
JSON = BEARER | {"Content-Type": "application/json"}

JOYPIX = "https://www.joypix.ai/openapi/happyhorse-1.0-"
JOYPIX_SHOT = {"prompt": WORDS["joypix"], "resolution": "720p", "duration": 8, "seed": 7}

PAGES = (
    Page(
        "joypix", "text-to-video", "order", f"{JOYPIX}text-to-video",
        "POST https://openapi.joypix.ai/v1/alibaba/text-to-video; Authorization: Bearer ${JoyPix_API_KEY}; JSON; model: "
        "happyhorse-1.0-t2v; prompt required, ≤2500; resolution: 720p, 1080p; aspect_ratio: 16:9, 9:16, 1:1, 4:3, 3:4; "
        "duration: 3–15; seed: 0–2147483647",
        "POST", "/v1/alibaba/text-to-video",
        {"json": {"model": "happyhorse-1.0-t2v", **JOYPIX_SHOT, "aspect_ratio": "16:9"}}, headers=JSON,
    ),
    Page(
        "joypix", "image-to-video", "order", f"{JOYPIX}image-to-video",
        "POST https://openapi.joypix.ai/v1/alibaba/image-to-video; model: happyhorse-1.0-i2v; prompt required; images "
        "required, 1 URL; resolution, duration, seed as for text; no aspect_ratio",
        "POST", "/v1/alibaba/image-to-video",
        {"json": {"model": "happyhorse-1.0-i2v", **JOYPIX_SHOT, "images": [ADDRESSES[0]]}}, headers=JSON,
    ),
    Page(
        "joypix", "reference-to-video", "order", f"{JOYPIX}reference-to-video",
        'POST https://openapi.joypix.ai/v1/alibaba/reference-to-video; {"model":"happyhorse-1.0-r2v","images":[…],'
        '"prompt":"…","aspect_ratio":"16:9","resolution":"720p","duration":8,"seed":7}; images: 1–9 URLs',
        "POST", "/v1/alibaba/reference-to-video",
        {"json": {"model": "happyhorse-1.0-r2v", **JOYPIX_SHOT, "images": list(ADDRESSES), "aspect_ratio": "16:9"}},
        headers=JSON,
    ),
    Page(
        "joypix", "text-to-video", "poll", f"{JOYPIX}reference-to-video",
        "GET https://openapi.joypix.ai/v1/tasks/${task_id}; Authorization: Bearer ${JoyPix_API_KEY}",
        "GET", "/v1/tasks/job-1", headers=BEARER,
    ),
    Page(
        "runware", "price", "price", "https://github.com/Runware/runware-skills (skills/runware-run)",
        "X-Runware-Dry-Run: 1 validates and prices without running or charging",
        "POST", "/v1",
        {
            "json": [
                {
                    "taskType": "videoInference", "taskUUID": "<UUID 4>", "model": "alibaba:happyhorse@1.1",
                    "positivePrompt": WORDS["runware"], "width": 1280, "height": 720, "duration": 8, "seed": 7,
                    "numberResults": 1, "outputType": "URL", "outputFormat": "MP4", "outputQuality": 95,
                    "deliveryMethod": "async", "includeCost": True,
                }
            ]
        },
        headers=JSON | {"X-Runware-Dry-Run": "1"},
    ),
    Page(
        "wavespeed", "called back", "order", "https://wavespeed.ai/docs/how-to-use-webhooks",
        "append ?webhook=<https url> to the address of the order",
        "POST", "/api/v3/alibaba/happyhorse-1.1/text-to-video",
        {
            "json": {
                "prompt": WORDS["wavespeed"], "resolution": "720p", "aspect_ratio": "16:9", "duration": 8, "seed": 7
            }
        },
        query={"webhook": CALLBACK}, headers=JSON,
    ),
    Page(
        "scenario", "large upload", "bytes", "scenario-sdk 2.4.0, `uploads.create`: parts[{number, url, expires}]",
        "PUT the bytes of each part to its address, which is signed: no key goes with it",
        "PUT", "/parts/1", {"bytes": "PNG"},
    ),
)  # fmt: skip
