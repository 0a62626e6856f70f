"""Character error rate and cost of our whole chain against a bare loop over the same reader, on real pages.

    python benchmarks/handwriting.py FOLDER [--predictions FILE]

FOLDER holds NAME.jpg with NAME.json: ``plain`` (the true text), ``use_for_text_scores``, ``case_reliable``. With
``--predictions`` a file made by ``notesyncd read --format json FOLDER/*.jpg`` is scored too.

Each way of reading runs in a process of its own, over the same files, one inference thread:

    ours         prepare, detect, read, ground
    bare         ``RapidOCR(...)(path)`` with our settings; lines clustered by y, then by x
    bare+border  the same with 60 px of white around the picture

CER: Levenshtein distance over the length of the truth; NFKC, white space collapsed, case-sensitive, whole page.
Pages whose truth is not what is written are read but not scored. Reader and page images stay on this machine.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

FIELD_FIGURES = {
    "en_hooker": ("19th-century hard cursive", 0.550),
    "en_neat": ("neat print", 0.110),
    "en_note": ("phone photos of notes", 0.182),
    "en_stanford typed": ("typewritten, 1905", 0.008),
    "en_stanford cursive": ("cursive letters, 1905", 0.291),
    "fr_copiste": ("French, modern, 15 hands", 0.169),
}
"""Medians published for the bare reader on sets of the same kinds (other pages among them, text_score .5)."""

SETTINGS = {
    "Global.return_word_box": True,
    "Global.text_score": 0.0,
    "Global.log_level": "error",
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
}
WAYS = ("ours", "bare", "bare+border")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--predictions", type=Path, help="output of notesyncd read --format json, one object a line")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--pages", action="store_true", help="print every page, not only the groups")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)  # the child's part
    arguments = parser.parse_args()
    if arguments.way:
        for record in read_all(arguments.folder, arguments.way):
            print(json.dumps(record, ensure_ascii=False), flush=True)
        return
    results = {way: run(arguments.folder, way) for way in arguments.ways}
    if arguments.predictions:
        results["notesyncd read"] = predictions(arguments.predictions)
    report(arguments.folder, results, every_page=arguments.pages)


def run(folder: Path, way: str) -> dict[str, dict]:
    command = [sys.executable, __file__, str(folder), "--way", way]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return {record["name"]: record for record in map(json.loads, lines)}


def predictions(path: Path) -> dict[str, dict]:
    records = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        file = json.loads(line)
        name = Path(file["source"]["path"]).stem
        records[name] = {"name": name, "text": "\n".join(page["text"] for page in file["pages"])}
    return records


# ------------------------------------------------------------------------------------------------------ ways of reading


def read_all(folder: Path, way: str) -> Iterator[dict]:
    read = ours() if way == "ours" else bare(border=60 if way == "bare+border" else 0)
    files = sorted(folder.glob("*.jpg"))
    read(files[0])  # models are loaded by now
    for path in files:
        wall, cpu = time.perf_counter(), time.process_time()
        text = read(path)
        yield {
            "name": path.stem,
            "text": text,
            "wall": time.perf_counter() - wall,
            "cpu": time.process_time() - cpu,
            "peak_mb": peak_mb(),
        }


def peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3


def ours() -> Callable[[Path], str]:
    import tempfile

    import numpy as np
    from PIL import Image

    from notesyncd.api import PageImage, Provenance, RasterInfo, ReaderContext, ReadRequest, write_pixels
    from notesyncd.detect.detect import detect
    from notesyncd.ground.adopt import ground
    from notesyncd.hooks.plugins import Plugins
    from notesyncd.prepare.chain import prepare, turn

    plugins = Plugins(["notesyncd.prepare.plugin", "notesyncd.read.plugin"], external=())
    steps = [plugins.preprocessor(name) for name in ("orientation", "bound")]
    folder = Path(tempfile.mkdtemp(prefix="notesyncd-"))
    reader = plugins.readers["rapidocr"].open(ReaderContext(threads=1, cache=folder))

    def read(path: Path) -> str:
        pixels = np.asarray(Image.open(path).convert("RGB"))
        page = prepare(pixels, RasterInfo(), steps)
        detection = detect(page.pixels, reader)
        page = turn(page, detection.rotation)
        artifact = folder / "page.ppm"
        write_pixels(artifact, page.pixels)
        height, width = page.pixels.shape[:2]
        image = PageImage(
            page_id="0" * 64,
            width=width,
            height=height,
            artifact=artifact,
            to_raster=page.to_raster,
            steps=page.steps,
        )
        reading = reader.read(image, detection, ReadRequest())
        provenance = Provenance(notesyncd="benchmark", reader=reading.reader)
        return ground(reading, image=image, previous=None, provenance=provenance).text

    return read


def bare(*, border: int) -> Callable[[Path], str]:
    import cv2
    import numpy as np
    from rapidocr import RapidOCR

    engine = RapidOCR(params=SETTINGS)

    def read(path: Path) -> str:
        if border:
            picture = cv2.imread(str(path))
            white = (255, 255, 255)
            picture = cv2.copyMakeBorder(picture, *[border] * 4, cv2.BORDER_CONSTANT, value=white)
            result = engine(picture)
        else:
            result = engine(str(path))
        if result.boxes is None:
            return ""
        lines = [
            (float(np.mean(box[:, 1])), float(box[:, 0].min()), float(np.ptp(box[:, 1])), text)
            for box, text in zip(result.boxes, result.txts, strict=True)
        ]
        return by_y_then_x(lines)

    return read


def by_y_then_x(lines: list[tuple[float, float, float, str]]) -> str:
    """Cluster (y, x, height, text): a line joins the cluster whose mean y is less than half the usual height away."""
    usual = statistics.median(height for _, _, height, _ in lines)
    rows: list[list[tuple[float, float, float, str]]] = []
    for line in sorted(lines):
        if rows and line[0] - statistics.fmean(other[0] for other in rows[-1]) < usual / 2:
            rows[-1].append(line)
        else:
            rows.append([line])
    return "\n".join(" ".join(text for _, _, _, text in sorted(row, key=lambda line: line[1])) for row in rows)


# -------------------------------------------------------------------------------------------------------------- scoring


def cer(text: str, truth: str, *, fold: bool = False) -> float:
    from rapidfuzz.distance import Levenshtein

    text, truth = (" ".join(unicodedata.normalize("NFKC", side).split()) for side in (text, truth))
    if fold:
        text, truth = text.casefold(), truth.casefold()
    return Levenshtein.distance(text, truth) / max(1, len(truth))


def group_of(name: str, truth: dict) -> str:
    group = "_".join(name.split("_")[:2]) if not name.startswith("ja") else "ja"
    if group == "en_stanford":
        return f"{group} {'typed' if 'typewritten' in truth.get('style', '') else 'cursive'}"
    return group


def report(folder: Path, results: dict[str, dict[str, dict]], *, every_page: bool) -> None:
    groups: dict[str, list[str]] = {}
    truths = {}
    for path in sorted(folder.glob("*.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        if truth.get("use_for_text_scores", True):
            truths[path.stem] = truth
            groups.setdefault(group_of(path.stem, truth), []).append(path.stem)
        else:
            print(f"{path.stem}: not scored, its truth is not what is written")
    scores = {
        way: {
            name: cer(records[name]["text"], truth["plain"], fold=not truth.get("case_reliable", True))
            for name, truth in truths.items()
            if name in records
        }
        for way, records in results.items()
    }
    print(f"\n{'CER, median':44}{'n':>3}" + "".join(f"{way:>16}" for way in results) + f"{'field note':>12}")
    for group, names in groups.items():
        line = "".join(f"{statistics.median(scores[way].get(name, 1.0) for name in names):16.3f}" for way in results)
        published = FIELD_FIGURES.get(group)
        print(f"{group:44}{len(names):3}{line}" + (f"{published[1]:12.3f}  {published[0]}" if published else ""))
        if every_page:
            for name in names:
                print(f"  {name:42}   " + "".join(f"{scores[way].get(name, 1.0):16.3f}" for way in results))
    for what, figure in (("median", statistics.median), ("mean", statistics.fmean)):
        line = "".join(f"{figure(scores[way].get(name, 1.0) for name in truths):16.3f}" for way in results)
        print(f"{f'all pages, {what}':44}{len(truths):3}{line}")
    timed = {way: list(records.values()) for way, records in results.items() if "cpu" in next(iter(records.values()))}
    print()
    for what, key in (("CPU seconds a page, mean", "cpu"), ("wall seconds a page, mean", "wall")):
        means = {way: statistics.fmean(record[key] for record in records) for way, records in timed.items()}
        print(f"{what:47}" + "".join(f"{mean:16.3f}" for mean in means.values()))
    print(f"{'peak memory, MB':47}" + "".join(f"{records[-1]['peak_mb']:16.0f}" for records in timed.values()))


if __name__ == "__main__":
    main()
