"""The bare reader: one loop over files, nothing around it. Prints nothing but the number of lines read."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
from rapidocr import RapidOCR

BORDER = 60  # px, as our reader puts around a page


def main(folder: Path) -> None:
    engine = RapidOCR(
        params={
            "Global.return_word_box": True,
            "Global.log_level": "error",
            "Global.text_score": 0.0,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
    lines = 0
    for path in sorted(folder.glob("*.jpg")):
        picture = cv2.imread(str(path))
        white = (255, 255, 255)
        picture = cv2.copyMakeBorder(picture, BORDER, BORDER, BORDER, BORDER, cv2.BORDER_CONSTANT, value=white)
        found = engine(picture)
        lines += len(found.txts or ())
    print(lines)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
