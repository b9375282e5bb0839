"""Parts the action of a long shot into sentences, and shares them out among the clips that play it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate, pairwise

_END = re.compile(r"[.!?…؟۔।॥։]+[\"'”’»)\]]*(?=\s)|[。！？]+[\"'”’»」』）)\]]*")
_TITLE = re.compile(r"(?:^|[\s(“\"'‘])(?:Mr|Mrs|Ms|Mx|Dr|St|Prof|Sr|Jr|Capt|Lt|Sgt|Col|Gen|Rev|Mt|No|vs|[A-Z])\.$")


def split_sentences(text: str) -> list[str]:
    """The sentences of a text on one line, each with the space behind it: joined, they are the text."""
    said = " ".join(text.split())
    sentences: list[str] = []
    begin = 0
    for found in _END.finditer(said):
        end = found.end() + (said[found.end() : found.end() + 1] == " ")
        # `Mr. Jones`, and `waits... and goes`: the sentence goes on.
        if said[end : end + 1].islower() or _TITLE.search(said[max(begin, found.end() - 8) : found.end()]):
            continue
        sentences.append(said[begin:end])
        begin = end
    return [*sentences, said[begin:]] if begin < len(said) else sentences


def share_sentences(action: str, seconds: Sequence[int]) -> list[str]:
    """The action as each part of a long shot tells it: its sentences in order, about as many letters a second in all
    parts; all of it in each part where there are fewer sentences than parts."""
    sentences = split_sentences(action)
    if len(sentences) < len(seconds):
        return [action] * len(seconds)
    lengths = list(accumulate(map(len, sentences), initial=0))
    ends = [0]
    for part, played in enumerate(list(accumulate(seconds))[:-1], 1):
        wanted = lengths[-1] * played / sum(seconds)
        near = bisect_left(lengths, wanted)
        if wanted - lengths[near - 1] <= lengths[near] - wanted:
            near -= 1
        # Each part tells something, this one and those that are left.
        ends.append(min(max(near, ends[-1] + 1), len(sentences) - (len(seconds) - part)))
    return ["".join(sentences[begin:end]).strip() for begin, end in pairwise([*ends, len(sentences)])]
