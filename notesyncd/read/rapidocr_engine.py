"""A typed face over the rapidocr package: its models from the wheel, its three steps, nothing downloaded."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from notesyncd.api import ConfigError

MODELS = {
    "Det": "PP-OCRv6_det_small.onnx",
    "Cls": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
    "Rec": "PP-OCRv6_rec_small.onnx",
}
"""rapidocr's name of each step, and the model in its wheel that takes it."""

_OVERWRITERS = ("rapidocr-ng", "rapidocrlite")  # both install an import package named rapidocr over this one
_TALL = 1.5  # rapidocr turns a strip this many times as high as wide by a quarter before it is recognised
_SURE_FLIP = 0.9  # rapidocr's own threshold for a strip that stands upside down

Quad = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """One line as the detector cut it out.

    Attributes:
        quad: its corners in the picture, clockwise from top left, shape (4, 2).
        bgr: its pixels, straightened; a tall one is turned a quarter counter-clockwise.
        tall: it was turned so.
        flipped: how surely it stands upside down, 0..1.
    """

    quad: Quad
    bgr: NDArray[np.uint8]
    tall: bool
    flipped: float

    @property
    def length(self) -> float:
        """Pixels along the line."""
        return float(self.bgr.shape[1])

    @property
    def height(self) -> float:
        """Pixels across the line."""
        return float(self.bgr.shape[0])

    @property
    def upside_down(self) -> bool:
        """Whether the classifier is sure that it stands upside down."""
        return self.flipped > _SURE_FLIP

    def to_picture(self, points: NDArray[np.float64], *, flip: bool) -> NDArray[np.float64]:
        """Map (n, 2) points along and across the strip as it was recognised to the picture.

        Args:
            points: x along the line, y across it, pixels.
            flip: it was recognised turned by 180 degrees.
        """
        along, across = points[:, 0], points[:, 1]
        if flip:
            along, across = self.length - along, self.height - across
        width, height = self.length, self.height
        if self.tall:
            along, across = height - across, along
            width, height = height, width
        flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        homography = cv2.getPerspectiveTransform(flat, self.quad.astype(np.float32))
        mapped = homography @ np.stack([along, across, np.ones_like(along)])
        return np.asarray((mapped[:2] / mapped[2]).T, np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """The text of a strip.

    Attributes:
        score: the recogniser's raw figure for the line, 0..1.
        centers: middle of each character that is not white space, 0..1 along the strip.
        scores: raw figure of each character, white space included.
    """

    text: str
    score: float
    centers: tuple[float, ...] = ()
    scores: tuple[float, ...] = ()


def unready() -> str | None:
    """Say why rapidocr can't be used here, with the remedy, or None. Loads no model."""
    try:
        installed = version("rapidocr")
    except PackageNotFoundError:
        return "the package rapidocr is not installed: pip install 'rapidocr>=3.10,<4'"
    for other in _OVERWRITERS:
        if _is_installed(other):
            return (
                f"the package {other} overwrites files of rapidocr: "
                f"pip uninstall {other} && pip install --force-reinstall rapidocr=={installed}"
            )
    if find_spec("onnxruntime") is None:
        return "the package onnxruntime is not installed: pip install onnxruntime"
    missing = [name for name in MODELS.values() if not (_models_folder() / name).is_file()]
    if missing:
        return (
            f"rapidocr {installed} has no {', '.join(missing)} in {_models_folder()}: "
            "pip install --force-reinstall 'rapidocr>=3.10,<4'"
        )
    return None


@cache
def models_digest() -> str:
    """Return the sha256 over the models' names and bytes."""
    digest = hashlib.sha256()
    for name in MODELS.values():
        content = (_models_folder() / name).read_bytes()
        digest.update(f"{name} {len(content)}\n".encode("ascii"))
        digest.update(content)
    return digest.hexdigest()


class Engine:
    """rapidocr's detector, classifier and recogniser, one inference thread each.

    All that is read is kept: rapidocr's filter by score is none of its three steps. A draft for review must show what
    it is unsure of.

    Its steps keep nothing between calls and onnxruntime's sessions may be run from many threads, so one engine
    serves all of them.
    """

    def __init__(self) -> None:
        """Load the models (about a second).

        Raises:
            ConfigError: if rapidocr can't be used here.
        """
        reason = unready()
        if reason is not None:
            raise ConfigError(reason)
        from rapidocr import RapidOCR  # noqa: PLC0415 - heavy: brings onnxruntime
        from rapidocr.main import RapidOCRError  # noqa: PLC0415

        paths = {f"{step}.model_path": str(_models_folder() / name) for step, name in MODELS.items()}
        self._nothing_found = RapidOCRError
        self._rapidocr = RapidOCR(
            params={
                **paths,
                "Global.log_level": "error",
                "Global.return_word_box": True,
                "Global.use_vertical_padding": False,  # the canvas has its border already
                "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            }
        )
        # rapidocr loads each model at its first use; a first page from many threads is no place for that.
        nothing = np.full((48, 96, 3), 255, np.uint8)
        self.find(nothing)
        self._rapidocr.cls_and_rotate([nothing])
        self.recognise([nothing])

    def find(self, bgr: NDArray[np.uint8]) -> list[Strip]:
        """Cut the lines out of a picture, each with the classifier's word on whether it stands upside down."""
        try:
            crops, found = self._rapidocr.detect_and_crop(bgr, {})
            _, turned = self._rapidocr.cls_and_rotate(crops)
        except self._nothing_found:
            return []
        return [
            Strip(
                quad=np.asarray(quad, np.float32),
                bgr=crop,
                tall=_is_tall(quad),
                flipped=float(score) if label == "180" else 1 - float(score),
            )
            for quad, crop, (label, score) in zip(found.boxes, crops, turned.cls_res, strict=True)
        ]

    def recognise(self, strips: Sequence[NDArray[np.uint8]]) -> list[Recognised]:
        """Read strips of pixels (BGR), each one line from left to right."""
        if not strips:
            return []
        result = self._rapidocr.recognize_txt(list(strips))
        return [
            Recognised(
                text=text,
                score=float(score),
                centers=tuple((column + 0.5) / info.line_txt_len for columns in info.word_cols for column in columns),
                scores=tuple(float(confidence) for confidence in info.confs),
            )
            for text, score, info in zip(result.txts, result.scores, result.word_results, strict=True)
        ]


def _is_tall(quad: Quad) -> bool:
    """Tell whether rapidocr turned this strip; the arithmetic is that of its get_rotate_crop_image."""
    width = int(max(np.linalg.norm(quad[0] - quad[1]), np.linalg.norm(quad[2] - quad[3])))
    height = int(max(np.linalg.norm(quad[0] - quad[3]), np.linalg.norm(quad[1] - quad[2])))
    return height / width >= _TALL


def _models_folder() -> Path:
    spec = find_spec("rapidocr")
    if spec is None or spec.origin is None:
        raise ConfigError("the package rapidocr is not installed: pip install 'rapidocr>=3.10,<4'")
    return Path(spec.origin).parent / "models"


def _is_installed(distribution: str) -> bool:
    try:
        version(distribution)
    except PackageNotFoundError:
        return False
    return True
