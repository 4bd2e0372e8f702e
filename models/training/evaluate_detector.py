"""Measures a detector: plates found, false boxes and corner errors, on rendered pictures and on real ones.

`evaluate_detector.py --weights FILE --data DIR [--input 640x384] [--errors FOLDER]`. The rendered pictures use fonts and a seed that
training never sees, and need no photographs. `dash-cam val` is for choosing; `openalpr-eu-part` and `no-plate` are
measured and reported, nothing is ever chosen by them. `decode` is the reference for every runtime.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import torch

from detector import MEAN, SCALE, STRIDE_PX, Detector, ExportedDetector
from fonts import FontPool
from scene_photos import NET_HEIGHT_PX, NET_WIDTH_PX, places
from scenes import SceneMaker
from train_detector import load_weights

THRESHOLDS = np.round(np.arange(0.1, 0.91, 0.05), 2)
MULTIPLE_PX = 32
OVERLAP_TO_DROP = 0.4


@dataclass(frozen=True)
class Detection:
    """One plate: score 0..1, corners float [4,2] in pixels of the picture (edges: pixel k covers k..k+1)."""

    score: float
    corners: np.ndarray

    @property
    def box(self) -> np.ndarray:
        """Upright box x0, y0, x1, y1 around the corners."""
        return np.concatenate([self.corners.min(0), self.corners.max(0)])


def iou(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union of two boxes x0, y0, x1, y1."""
    side = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    if side.min() <= 0:
        return 0.0
    both = float(side.prod())
    return both / (float((a[2:] - a[:2]).prod()) + float((b[2:] - b[:2]).prod()) - both)


def decode(peak: np.ndarray, corners: np.ndarray, threshold: float, scale: tuple[float, float]) -> list[Detection]:
    """Detections, best first, of maps peak [h,w] and corners [8,h,w]; `scale`: net pixels per picture pixel in x and y.

    Corner k of cell (row, column): x = ((column + 0.5) * stride + corners[2k]) / scale_x, y alike. Of two detections
    whose upright boxes overlap by more than 0.4 (intersection over union) the better stays.
    """
    rows, columns = np.nonzero(peak >= threshold)
    kept: list[Detection] = []
    for index in np.argsort(-peak[rows, columns]):
        row, column = rows[index], columns[index]
        points = corners[:, row, column].reshape(4, 2) + (np.array([column, row]) + 0.5) * STRIDE_PX
        found = Detection(float(peak[row, column]), points / np.array(scale))
        if all(iou(found.box, other.box) <= OVERLAP_TO_DROP for other in kept):
            kept.append(found)
    return kept


Size = tuple[int, int]
DEFAULT_INPUT: Size = (NET_WIDTH_PX, NET_HEIGHT_PX)


def detect(
    net: ExportedDetector, picture: np.ndarray, threshold: float, limits: Size = DEFAULT_INPUT
) -> list[Detection]:
    """Detections in a luma picture uint8 [H,W]: scaled to fit `limits` (width, height), never enlarged, edge repeated
    to 32s."""
    fit = min(limits[0] / picture.shape[1], limits[1] / picture.shape[0], 1.0)
    size = (max(1, round(picture.shape[1] * fit)), max(1, round(picture.shape[0] * fit)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    right, below = -size[0] % MULTIPLE_PX, -size[1] % MULTIPLE_PX
    small = cv2.copyMakeBorder(small, 0, below, 0, right, cv2.BORDER_REPLICATE)
    values = (torch.from_numpy(small).float()[None, None] / 255 - MEAN) * SCALE
    with torch.no_grad():
        _, peak, corners = net(values)
    scale = (size[0] / picture.shape[1], size[1] / picture.shape[0])
    return decode(peak[0, 0].numpy(), corners[0].numpy(), threshold, scale)


@dataclass(frozen=True)
class Sample:
    """A picture with its plates: boxes [n,4], a kind for each, quads [n,4,2] where corners are known, masked boxes."""

    name: str
    picture: np.ndarray
    boxes: np.ndarray
    kinds: list[str]
    quads: np.ndarray | None = None
    ignore: np.ndarray = field(default_factory=lambda: np.zeros((0, 4)))


def rendered(count: int, seed: int, scene_size: Size = DEFAULT_INPUT, bins: tuple[int, ...] = (25, 60)) -> list[Sample]:
    """Drawn pictures with plates in held-out fonts, sorted into `bins` by their width in pixels of the picture."""
    maker = SceneMaker(FontPool("test"), None, seed, *scene_size, stock=400)
    samples = []
    for k in range(count):
        scene = maker.scene()
        boxes = np.concatenate([scene.quads.min(1), scene.quads.max(1)], 1)
        wide = np.linalg.norm(scene.quads[:, 1] - scene.quads[:, 0], axis=1)
        kinds = [_bin(float(w), bins) for w in wide]
        samples.append(Sample(f"rendered-{k:04}.png", scene.picture, boxes, kinds, scene.quads, scene.ignore))
    return samples


def _bin(width_px: float, bins: tuple[int, ...]) -> str:
    below = [b for b in bins if b <= width_px]
    above = [b for b in bins if b > width_px]
    if not above:
        return f"{below[-1]} px and wider"
    return f"{below[-1]} to {above[0]} px" if below else f"under {above[0]} px"


def photographs(data: Path, name: str, split: str = "val") -> list[Sample]:
    """`dashcam-ro` (one split), `openalpr-eu-part` or `no-plate` from the photographs' folder."""
    folder = data / name
    if name == "no-plate":
        return [Sample(p.name, cv2.imread(str(p), 0), np.zeros((0, 4)), []) for p in sorted(folder.glob("*.jpg"))]
    plates: dict[str, list[tuple[list[float], str]]] = defaultdict(list)
    with (folder / "labels.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row.get("split", split) == split:
                x, y, w, h = (float(row[key]) for key in "xywh")
                plates[row["file"]].append(([x, y, x + w, y + h], row.get("quality", "all")))
    if name == "dashcam-ro":
        for file_name, boxes in places("plate").items():
            if file_name in plates:
                plates[file_name] += [([x, y, x + w, y + h], "unreadable") for x, y, w, h in boxes]
    samples = []
    for file_name, entries in sorted(plates.items()):
        path = next(p for p in (folder / file_name, folder / "images" / file_name) if p.exists())
        boxes = np.array([box for box, kind in entries if kind != "unreadable"]).reshape(-1, 4)
        masked = np.array([box for box, kind in entries if kind == "unreadable"]).reshape(-1, 4)
        kinds = [kind for _, kind in entries if kind != "unreadable"]
        samples.append(Sample(file_name, cv2.imread(str(path), 0), boxes, kinds, None, masked))
    return samples


def measure(
    net: ExportedDetector, samples: list[Sample], errors: Path | None = None, limits: Size = DEFAULT_INPUT
) -> dict[str, object]:
    """Found plates by kind and false boxes a picture at every threshold, corner errors as a share of the plate's width.

    A plate is found when a detection's upright box has IoU 0.5 or more with it. Detections in masked areas count not.
    """
    kinds = sorted({kind for sample in samples for kind in sample.kinds})
    totals = {kind: sum(sample.kinds.count(kind) for sample in samples) for kind in kinds}
    found: dict[str, list[float]] = {kind: [] for kind in kinds}
    false: list[float] = []
    off: list[float] = []
    overlaps: list[float] = []
    for sample in samples:
        detections = detect(net, sample.picture, float(THRESHOLDS[0]), limits)
        left = set(range(len(sample.boxes)))
        wrong: list[Detection] = []
        for detection in detections:
            best = max(left, key=lambda k: iou(detection.box, sample.boxes[k]), default=None)
            if best is not None and iou(detection.box, sample.boxes[best]) >= 0.5:
                left.remove(best)
                found[sample.kinds[best]].append(detection.score)
                overlaps.append(iou(detection.box, sample.boxes[best]))
                if sample.quads is not None:
                    quad = sample.quads[best]
                    wide = (np.linalg.norm(quad[1] - quad[0]) + np.linalg.norm(quad[2] - quad[3])) / 2
                    off.append(float(np.linalg.norm(detection.corners - quad, axis=1).mean() / wide))
            elif not _masked(detection.box, sample.ignore):
                wrong.append(detection)
                false.append(detection.score)
        if errors is not None and (left or any(d.score >= 0.3 for d in wrong)):
            _draw(errors / f"{Path(sample.name).stem}.png", sample, detections, left)
    result: dict[str, object] = {"pictures": len(samples), "plates": totals}
    for threshold in THRESHOLDS:
        result[f"at {threshold:.2f}"] = {
            **{kind: int(sum(score >= threshold for score in found[kind])) for kind in kinds},
            "false boxes a picture": round(float(sum(score >= threshold for score in false)) / max(len(samples), 1), 3),
        }
    if overlaps:
        result["mean overlap of found boxes"] = round(float(np.mean(overlaps)), 3)
    if off:
        result["corner error, share of width"] = {
            "mean": round(float(np.mean(off)), 4), "median": round(float(np.median(off)), 4),
            "95 %": round(float(np.quantile(off, 0.95)), 4),
        }  # fmt: skip
    return result


def _masked(box: np.ndarray, ignore: np.ndarray) -> bool:
    middle = (box[:2] + box[2:]) / 2
    return any(iou(box, o) > 0.2 or (o[0] <= middle[0] <= o[2] and o[1] <= middle[1] <= o[3]) for o in ignore)


def _draw(path: Path, sample: Sample, detections: list[Detection], missed: set[int]) -> None:
    """Detections green with their score, missed plates red."""
    path.parent.mkdir(parents=True, exist_ok=True)
    canvas = cv2.cvtColor(sample.picture, cv2.COLOR_GRAY2BGR)
    for k in missed:
        x0, y0, x1, y1 = (int(v) for v in sample.boxes[k])
        cv2.rectangle(canvas, (x0 - 3, y0 - 3), (x1 + 3, y1 + 3), (0, 0, 255), 2)
    for detection in detections:
        points = np.round((detection.corners - 0.5) * 8).astype(np.int32)
        colour = (0, 255, 0) if detection.score >= 0.3 else (255, 160, 0)
        cv2.polylines(canvas, [points], True, colour, 1, cv2.LINE_AA, 3)
        at = (int(detection.corners[0, 0]), max(10, int(detection.box[1]) - 3))
        cv2.putText(canvas, f"{detection.score:.2f}", at, cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 255, 255), 1, cv2.LINE_AA)
    cv2.imwrite(str(path), canvas)


def load(weights: Path) -> ExportedDetector:
    """The net of a checkpoint or of committed weights, ready to measure."""
    net = Detector()
    net.load_state_dict(load_weights(weights))
    return ExportedDetector(net).eval()


def _size(text: str) -> Size:
    width, height = (int(part) for part in text.split("x"))
    return width, height


def _bins(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--data", type=Path, help="folder of the photographs; without it rendered pictures only")
    parser.add_argument("--rendered", type=int, default=200, help="how many rendered pictures")
    parser.add_argument("--seed", type=int, default=990001)
    parser.add_argument("--input", type=_size, default=DEFAULT_INPUT, help="the net's input, like 640x384")
    parser.add_argument("--scene", type=_size, default=DEFAULT_INPUT, help="size of the rendered pictures")
    parser.add_argument("--bins", type=_bins, default=(25, 60), help="bounds of plate widths, in pixels of the picture")
    parser.add_argument("--errors", type=Path, help="write pictures with a miss or a false box here")
    parser.add_argument("--json", action="store_true", help="print every threshold as JSON")
    args = parser.parse_args()
    torch.set_num_threads(1)
    net = load(args.weights)
    sets = {"rendered": rendered(args.rendered, args.seed, args.scene, args.bins)} if args.rendered else {}
    for name in ("dashcam-ro", "openalpr-eu-part", "no-plate") if args.data else ():
        sets[name] = photographs(args.data, name)
    report = {
        name: measure(net, samples, args.errors and args.errors / name, args.input) for name, samples in sets.items()
    }
    if args.json:
        print(json.dumps(report, indent=1))
        return
    for name, result in report.items():
        print(f"{name}: {result['pictures']} pictures, plates {result['plates']}")
        for threshold in (0.2, 0.3, 0.35, 0.4, 0.5):
            row = result[f"at {threshold:.2f}"]
            plates = result["plates"].items()
            parts = [f"{kind} {row[kind]}/{n} ({100 * row[kind] / max(n, 1):.1f} %)" for kind, n in plates]
            print(f"  at {threshold:.2f}: {'  '.join(parts)}  false boxes a picture {row['false boxes a picture']}")
        for key in ("mean overlap of found boxes", "corner error, share of width"):
            if key in result:
                print(f"  {key}: {result[key]}")


if __name__ == "__main__":
    main()
