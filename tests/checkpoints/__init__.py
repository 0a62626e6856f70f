"""Random-weight Qwen-VL checkpoints that real loaders accept: what tests and benchmarks of model readers run.

The folder has all that a published checkpoint has (config, weights, tokenizer, processor files, chat template) under the
published tensor names, so the same folder loads in mlx-vlm (its converter and its server too) and in transformers. One
seed always gives the same bytes. What such a model "reads" is nonsense, but repeatable nonsense.
"""

from tests.checkpoints.adapter import make_adapter
from tests.checkpoints.maker import make_checkpoint
from tests.checkpoints.size import LARGE, TINY, Family, Size

__all__ = ["LARGE", "TINY", "Family", "Size", "make_adapter", "make_checkpoint"]
