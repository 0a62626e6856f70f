"""Writes a checkpoint: ``python -m tests.checkpoints FOLDER --family qwen3_vl --large``."""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.checkpoints import LARGE, TINY, make_checkpoint
from tests.checkpoints.size import PATCH


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.checkpoints", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--family", choices=sorted(PATCH), default="qwen3_vl")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--large", action="store_true", help="0.3 billion weights instead of a fraction of a million")
    options = parser.parse_args()
    print(make_checkpoint(options.folder, options.family, options.seed, size=LARGE if options.large else TINY))


if __name__ == "__main__":
    main()
