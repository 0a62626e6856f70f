"""mlx and transformers read the same from the same weights: below the guards, token by token, in a process each."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from notesyncd.read.generation import Decoding
from notesyncd.read.process.mlx_runtime import MlxRuntime
from notesyncd.read.process.runtime import LoadOrder
from tests.checkpoints import Family, make_checkpoint
from tests.unit.read.process.torch_child import Child, needs_torch, new_child, picture

pytestmark = [needs_torch, pytest.mark.skipif(find_spec("mlx_vlm") is None, reason="needs the mlx extra")]

SIZES: dict[Family, tuple[int, int]] = {"qwen3_vl": (320, 128), "qwen2_5_vl": (308, 140)}
TOKENS = 32


@pytest.fixture(scope="module")
def torch_child() -> Iterator[Child]:
    with new_child() as made:
        yield made


@pytest.fixture(scope="module")
def mlx_child() -> Iterator[Child]:
    with new_child() as made:
        yield made


@pytest.mark.parametrize("penalty", [None, 3.0])
@pytest.mark.parametrize("family", SIZES)
def test_tokens_are_the_same_and_log_probabilities_nearly(
    tmp_path: Path, torch_child: Child, mlx_child: Child, family: Family, penalty: float | None
) -> None:
    order = LoadOrder(folder=make_checkpoint(tmp_path / family, family=family))
    decoding = Decoding(max_tokens=TOKENS, repetition_penalty=penalty)
    for text in ("hello world", "milk, bread\nand butter"):
        shown = picture(text, SIZES[family])
        (ours,) = torch_child.read(order, shown, decoding=decoding)
        (theirs,) = mlx_child.read(order, shown, decoding=decoding, runtime=MlxRuntime)
        assert len(ours.tokens) >= TOKENS - 4  # a few may be special
        assert ours.ids == theirs.ids
        assert [token.data for token in ours.tokens] == [token.data for token in theirs.tokens]
        assert ours.logprobs == pytest.approx(theirs.logprobs, abs=0.001)
        assert (ours.ended, ours.prompt_tokens) == (theirs.ended, theirs.prompt_tokens)
        for one, other in zip(ours.tokens, theirs.tokens, strict=True):
            assert one.entropy == pytest.approx(other.entropy, abs=0.001)
            assert [each.logprob for each in one.alternatives] == pytest.approx(
                [each.logprob for each in other.alternatives], abs=0.001
            )
