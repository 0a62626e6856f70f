"""The face over rapidocr: can it be used here, and do strips lead back to where they were cut out."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from rapidocr.utils.process_img import get_rotate_crop_image

from notesyncd.read.rapidocr_engine import MODELS, Strip, models_digest, unready


def distribution(folder: Path, name: str) -> None:
    """Make an installed distribution that has nothing but a name."""
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")


def test_it_can_be_used_where_the_project_is_installed() -> None:
    assert unready() is None


@pytest.mark.parametrize("name", ["rapidocr-ng", "rapidocrlite"])
def test_a_package_that_overwrites_it_is_named_with_the_remedy(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    distribution(tmp_path, name)
    monkeypatch.syspath_prepend(tmp_path)

    assert f"pip uninstall {name}" in (unready() or "")


def test_missing_weights_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "rapidocr"
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(__import__("sys").modules, "rapidocr", raising=False)

    reason = unready() or ""

    assert all(model in reason for model in MODELS.values())


def test_the_digest_names_the_weights() -> None:
    assert len(models_digest()) == 64
    assert models_digest() == models_digest()


@pytest.mark.parametrize(
    "quad",
    [
        [[40, 30], [240, 30], [240, 80], [40, 80]],  # level
        [[40, 60], [238, 30], [245, 78], [47, 108]],  # slanted
        [[60, 20], [110, 20], [110, 260], [60, 260]],  # tall
    ],
)
@pytest.mark.parametrize("flip", [False, True])
def test_a_point_of_a_strip_leads_back_to_the_picture(quad: list[list[int]], flip: bool) -> None:
    corners = np.array(quad, np.float32)
    dot = 0.7 * corners[0] + 0.15 * corners[1] + 0.1 * corners[2] + 0.05 * corners[3]
    picture = np.zeros((300, 300, 3), np.uint8)
    cv2.circle(picture, (round(float(dot[0])), round(float(dot[1]))), 3, (255, 255, 255), -1)
    crop = get_rotate_crop_image(picture, corners.copy())
    strip = Strip(quad=corners, bgr=crop, tall=quad[0] == [60, 20], flipped=0.0)
    seen = np.rot90(crop, 2) if flip else crop
    y, x = (axis.mean() for axis in np.nonzero(seen[:, :, 0] > 128))

    back = strip.to_picture(np.array([[x + 0.5, y + 0.5]]), flip=flip)

    assert back[0] == pytest.approx(dot, abs=1.5)
