from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from notesyncd.api import BoundingBox, Json, Note, Receipt, RevisionMark, Transcript
from notesyncd.ledger import codec
from tests.unit.ledger.builders import note, receipt, sha, transcript


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Transcript, transcript(sha("page"), '会議 メモ \\ " \n')),
        (Note, note("n", "milk")),
        (Receipt, receipt()),
        (tuple[RevisionMark, ...], (RevisionMark(revision=1, digest="a"), RevisionMark(revision=2, digest="b"))),
        (Json, {"page": 1, "parts": ["a", None, {"x": 1.5}]}),
    ],
)
def test_a_value_comes_back_as_it_went_in(kind: type, value: object) -> None:
    assert codec.load(kind, codec.dump(kind, value)) == value


@given(edges=st.tuples(*[st.floats(-1e6, 1e6)] * 2).map(sorted), top=st.floats(-1e6, 1e6))
def test_boxes_lose_no_digit(edges: list[float], top: float) -> None:
    box = BoundingBox(left=edges[0], right=edges[1], top=top, bottom=top + 1)
    assert codec.load(BoundingBox, codec.dump(BoundingBox, box)) == box


@pytest.mark.parametrize("body", ["", "{}", '{"remote_id": 1}', "[]", "null"])
def test_what_is_none_of_ours_is_refused(body: str) -> None:
    with pytest.raises(ValidationError):
        codec.load(Receipt, body)
