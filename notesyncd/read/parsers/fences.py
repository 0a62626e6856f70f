"""Code fences that a model lays around all of its answer."""

from __future__ import annotations

import re

from notesyncd.read.parsers.traced import Traced

_OPENING = re.compile(r"\s*(?P<fence>`{3,}|~{3,})[ \t]*[\w+-]*[ \t]*(?:\r?\n|\Z)")


def unfenced(answer: Traced) -> Traced:
    """Return an answer without the code fence that wraps all of it; the closing half is missing where it is cut off.

    A fence that closes before the end wraps only a part: then the answer is left as it is.
    """
    opening = _OPENING.match(answer.text)
    if opening is None:
        return answer
    fence = opening["fence"]
    body = answer.part(opening.end())
    closing = re.search(rf"^[ \t]*{fence[0]}{{{len(fence)},}}[ \t]*$", body.text, re.MULTILINE)
    if closing is None:
        return body
    return answer if body.text[closing.end() :].strip() else body.part(0, closing.start())
