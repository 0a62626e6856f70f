"""What the tables of hostile PDFs have in common."""

from __future__ import annotations

from collections.abc import Callable

from tests.hostile.cases import Outcome

Make = Callable[[bytes], bytes]
"""Makes a document of which the argument is the page's content."""

Makes = dict[str, tuple[Make, tuple[Outcome, ...]]]
"""By name, with the outcomes."""

DAMAGED = r"damaged|broken|can't be (opened|decoded)|no pages"
TOO_LARGE = r"too (large|many|much|long)|limit|memory|strip|more than"
PROTECTED = r"password|protect|encrypt|locked"
