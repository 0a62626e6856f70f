"""The reader process against the bare runtime: tokens a second, footprint over many pages, start-up, unloading.

Random weights (``tests.checkpoints``): figures say what the process costs, nothing about reading. Bare and ours
alternate in one run; the median ratio counts.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from notesyncd.api import write_pixels
from notesyncd.read.generation import Decoding, Question
from notesyncd.read.model import ModelCard, ModelFiles
from notesyncd.read.picture import Picture, PixelBudget
from notesyncd.read.process.generator import ProcessGenerator
from notesyncd.read.process.limits import Limits
from notesyncd.read.process.process import ReaderProcess
from notesyncd.read.process.runtime import LoadOrder
from notesyncd.system.memory import resident_bytes
from tests.checkpoints import LARGE, TINY, Size, make_checkpoint

PIXELS = np.random.default_rng(3).integers(0, 256, (128, 256, 3), dtype=np.uint8)
PROMPT = "Write down what stands there."
LIMITS = Limits(most_bytes=16 << 30, recycle_bytes=15 << 30, recycle_pages=10_000, idle_seconds=3600)


def bare_mlx(folder: Path) -> Callable[[int], Iterator[Any]]:
    """Return what answers with so many tokens, by mlx-vlm alone."""
    from mlx_vlm import load, stream_generate
    from mlx_vlm.prompt_utils import apply_chat_template
    from PIL import Image

    model, processor = load(str(folder))
    asked = apply_chat_template(processor, model.config, PROMPT, num_images=1)

    def answer(count: int) -> Iterator[Any]:
        picture = [Image.fromarray(PIXELS)]
        yield from stream_generate(model, processor, asked, image=picture, max_tokens=count, temperature=0.0)

    return answer


def bare_torch(folder: Path) -> Callable[[int], Iterator[Any]]:
    """Return what answers with so many tokens, by transformers' own ``generate``."""
    import torch
    from transformers import AutoImageProcessor, AutoModelForImageTextToText, AutoTokenizer

    model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    images = AutoImageProcessor.from_pretrained(folder, backend="pil")(images=[PIXELS], return_tensors="pt")
    pads = int(images["image_grid_thw"].prod()) // 4
    text = f"<|im_start|>user\n<|vision_start|>{'<|image_pad|>' * pads}<|vision_end|>{PROMPT}<|im_end|>\n"
    ids = tokenizer(text + "<|im_start|>assistant\n", return_tensors="pt").input_ids
    kinds = (ids == tokenizer.convert_tokens_to_ids("<|image_pad|>")).long()

    def answer(count: int) -> Iterator[Any]:
        options = {"max_new_tokens": count, "min_new_tokens": count, "do_sample": False}
        with torch.inference_mode():
            yield model.generate(input_ids=ids, mm_token_type_ids=kinds, **images, **options)

    return answer


FEW = 4  # tokens of the short answer
BARE = {"mlx": bare_mlx, "cuda": bare_torch}


def order(folder: Path) -> LoadOrder:
    return LoadOrder(folder=folder, max_pixels=PIXELS.shape[0] * PIXELS.shape[1], device="cpu")


def seconds_a_token(answer: Callable[[int], Iterator[Any]], many: int) -> float:
    """Return what one token more takes: the difference of a long and a short answer, both with the prompt in them.

    Counted by what was asked for: of random weights many a token is a special one, which our runtimes leave out.
    """
    times = []
    for count in (FEW, many):
        begin = time.perf_counter()
        for _ in answer(count):
            pass
        times.append(time.perf_counter() - begin)
    return (times[1] - times[0]) / (many - FEW)


def speed(runtime: str, folder: Path, *, tokens: int, rounds: int) -> None:
    """Compare tokens a second, bare and through the reader process, in turns."""
    answer, picture = BARE[runtime](folder), folder / "picture.ppm"
    write_pixels(picture, PIXELS)
    process = ReaderProcess(LIMITS)
    process.load(runtime, order(folder))
    bare, ours = [], []

    def asked(count: int) -> Iterator[Any]:
        return process.tokens(picture, PROMPT, Decoding(max_tokens=count))

    for way in (answer, asked):  # once to warm up
        seconds_a_token(way, 2 * FEW)
    for _ in range(rounds):
        bare.append(seconds_a_token(answer, tokens))
        ours.append(seconds_a_token(asked, tokens))
    process.close()
    ratio = statistics.median(b / o for b, o in zip(bare, ours, strict=True))
    print(
        f"{runtime}: bare {1000 * statistics.median(bare):.1f} ms a token, ours {1000 * statistics.median(ours):.1f}; "
        f"speed against bare {ratio:.3f} (median of {rounds} pairs of {tokens} tokens)"
    )


def footprint(runtime: str, folder: Path, *, pages: int) -> None:
    """Read many pages in one process and print what it holds."""
    files = ModelFiles(
        card=ModelCard(name="tiny", family="qwen3-vl", pixels=PixelBudget(most=1)), folder=folder, digest="0"
    )
    with tempfile.TemporaryDirectory() as work:
        generator = ProcessGenerator(
            reader=runtime, runtime=runtime, files=files, order=order(folder), limits=LIMITS, work=Path(work)
        )
        begin = time.perf_counter()
        generator.facts()
        print(f"{runtime}: started and loaded in {time.perf_counter() - begin:.1f} s")
        held = []
        for number in range(1, pages + 1):
            pixels = np.random.default_rng(number).integers(0, 256, PIXELS.shape, dtype=np.uint8)
            picture = Picture(pixels=pixels, page_width=256, page_height=128)
            generator.generate(Question(picture=picture, prompt=PROMPT, decoding=Decoding(max_tokens=16)))
            if number in (10, 30, 100, 200, 300):
                held.append(f"{number}: {(resident_bytes(generator.process_id or 0) or 0) / 1e6:.0f} MB")
        print(f"{runtime}: resident after pages {', '.join(held)}")
        generator.close()


def unloading(runtime: str, folder: Path) -> None:
    """Print how long after its idle time a process is gone."""
    limits = Limits(most_bytes=16 << 30, recycle_bytes=15 << 30, idle_seconds=2.0)
    process = ReaderProcess(limits)
    process.load(runtime, order(folder))
    begin = time.perf_counter()
    while process.alive:
        time.sleep(0.02)
    print(f"{runtime}: idle for 2 s, gone after {time.perf_counter() - begin:.2f} s")
    process.close()


def main(*, pages: int = 300, tokens: int = 32, rounds: int = 5, size: Size = LARGE) -> None:
    """Measure all of it with both runtimes."""
    with tempfile.TemporaryDirectory() as root:
        tiny, large = make_checkpoint(Path(root, "tiny"), size=TINY), make_checkpoint(Path(root, "large"), size=size)
        weights = (large / "model.safetensors").stat().st_size
        print(f"random weights of {weights / 1e9:.1f} GB (32 bits) on the CPU")
        for runtime in BARE:
            speed(runtime, large, tokens=tokens, rounds=rounds)
            footprint(runtime, tiny, pages=pages)
            unloading(runtime, tiny)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reader_process", description=__doc__)
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--tokens", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    main(pages=options.pages, tokens=options.tokens, rounds=options.rounds)
