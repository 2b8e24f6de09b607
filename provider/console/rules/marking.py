"""Which parts of a text were looked for."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise


def marked_parts(text: str, *, words: Sequence[str]) -> list[tuple[str, bool]]:
    """The text cut into parts, each with whether it is one of `words` in any case; joined they are the text again."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a letter whose small form is longer: positions would not fit
        return [(text, False)] if text else []
    is_hit = [False] * len(text)
    for word in filter(None, words):
        start = lowered.find(word)
        while start >= 0:
            is_hit[start : start + len(word)] = [True] * len(word)
            start = lowered.find(word, start + 1)
    cuts = [i for i in range(1, len(text)) if is_hit[i] != is_hit[i - 1]]
    edges = [0, *cuts, len(text)]
    return [(text[a:b], is_hit[a]) for a, b in pairwise(edges) if b > a]
