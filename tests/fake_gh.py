"""GitHub's `gh api` as the action calls it, on comments in a file: `FAKE_GH` names it.

Pages are of two comments, so that a caller who reads the first alone is found out. What `--jq` does is done by jq.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import jq

STATE = Path(os.environ["FAKE_GH"])


def main(arguments: list[str]) -> int:
    state = json.loads(STATE.read_text(encoding="utf-8"))
    assert arguments.pop(0) == "api"
    options: dict[str, str] = {"--method": "GET"}
    flags, places = set(), []
    while arguments:
        word = arguments.pop(0)
        if word in ("--paginate", "--silent"):
            flags.add(word)
        elif word in ("--method", "--jq", "-f", "-F"):
            options[word] = arguments.pop(0)
        else:
            places.append(word)
    (place,) = places
    method = options["--method"]
    if os.environ.get("GH_TOKEN") != state["token"] or (state["readonly"] and method != "GET"):
        sys.stderr.write("gh: Resource not accessible by integration (HTTP 403)\n")
        return 1
    state["calls"].append([method, place])
    comments = state["comments"]
    match method, place.split("/"):
        case "GET", ["graphql"]:
            assert options["-f"] == "query={viewer{login}}"
            pages = [{"data": {"viewer": {"login": state["me"]}}}]
        case "GET", ["repos", "ana", "films", "issues", "7", "comments?per_page=100"]:
            pages = [comments[at : at + 2] for at in range(0, len(comments), 2)] or [[]]
        case "POST", ["repos", "ana", "films", "issues", "7", "comments"]:
            number = 100 + len(comments)
            comments.append({"id": number, "user": {"login": state["me"]}, "body": body(options["-F"])})
            pages = [comments[-1]]
        case "PATCH", ["repos", "ana", "films", "issues", "comments", number]:
            (comment,) = [one for one in comments if one["id"] == int(number)]
            comment["body"] = body(options["-F"])
            pages = [comment]
        case _:
            sys.stderr.write(f"gh: Not Found (HTTP 404): {method} {place}\n")
            return 1
    STATE.write_text(json.dumps(state), encoding="utf-8")
    if "--silent" not in flags:
        for page in pages if "--paginate" in flags else pages[:1]:
            for value in jq.compile(options.get("--jq", ".")).input_value(page):
                sys.stdout.write(f"{value if isinstance(value, str | int) else json.dumps(value)}\n")
    return 0


def body(field: str) -> str:
    name, _, value = field.partition("=@")
    assert name == "body"
    return Path(value).read_text(encoding="utf-8")


sys.exit(main(sys.argv[1:]))
