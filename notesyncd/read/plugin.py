"""The built-in readers, announced as a stranger's plugin would announce its own."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from notesyncd.api import ReaderSpec, hookimpl
from notesyncd.read import local, rapidocr, rapidocr_engine, served, tesseract, vision
from notesyncd.read.http import opening
from notesyncd.read.http.settings import HttpSettings
from notesyncd.read.settings import CudaSettings, MlxSettings


@hookimpl
def notesyncd_readers() -> Sequence[ReaderSpec]:
    """Return the built-in readers; rapidocr is the one that works on any machine at once."""
    return (
        ReaderSpec(
            name=local.MLX,
            open=local.open_mlx,
            unready=local.mlx_unready,
            unsuited=local.mlx_unsuited,
            settings=MlxSettings,
            auto_rank=10,
            description="a vision-language model on Apple Silicon (mlx-vlm), in a process of its own",
            remedy="notesyncd models list; notesyncd models pull NAME",
        ),
        ReaderSpec(
            name=local.CUDA,
            open=local.open_cuda,
            unready=local.cuda_unready,
            unsuited=local.cuda_unsuited,
            settings=CudaSettings,
            auto_rank=20,
            description="a vision-language model on an NVIDIA card (transformers), in a process of its own",
            remedy="notesyncd models list; notesyncd models pull NAME",
        ),
        ReaderSpec(
            name=served.HTTP,
            open=served.open_http,
            unready=opening.unready,
            unsuited=served.http_unsuited,
            parallel=opening.parallel,
            settings=HttpSettings,
            leaves_machine=served.http_leaves_machine,
            estimate=served.http_estimate,
            auto_rank=30,
            description="a model behind an OpenAI-compatible server, on this machine or where you say",
            remedy="start the server that [read.http] names",
        ),
        ReaderSpec(
            name=vision.NAME,
            open=vision.VisionReader,
            unready=lambda _: vision.unready(),
            unsuited=lambda _: None if sys.platform == "darwin" else "it is part of macOS, and this is no Mac",
            parallel=lambda _: vision.PARALLEL,
            auto_rank=90,
            description="Apple's text recogniser, on macOS: nothing to download",
        ),
        ReaderSpec(
            name=rapidocr.NAME,
            open=rapidocr.RapidOcrReader,
            unready=lambda _: rapidocr_engine.unready(),
            auto_rank=100,
            parallel=lambda _: rapidocr.parallel(),
            description="embedded, on the CPU, offline: a searchable draft with word boxes",
        ),
        ReaderSpec(
            name=tesseract.NAME,
            open=tesseract.TesseractReader,
            unready=lambda _: tesseract.unready(),
            parallel=lambda _: tesseract.PARALLEL,
            description="the tesseract program, where it is installed: good at print, poor at handwriting",
        ),
    )
