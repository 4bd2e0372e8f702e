"""Real photographs as backgrounds for the detector's training pictures, with the plates that are really in them.

Only photographs that may be trained on have a loader here: `dashcam-ro` (training takes its train split) and
`street-mixed`. The sets that are for measuring (`openalpr-eu-part`, `no-plate`) have none, so that no training can meet
them by mistake. Everything is grey: the detector sees luma only.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

NET_WIDTH_PX, NET_HEIGHT_PX = 640, 384
"""The detector's default input: a photograph is scaled to fit into it."""


@dataclass(frozen=True)
class Photo:
    """One photograph: `levels[k]` luma uint8 [H,W] reduced by 2^k; boxes float32 [n,4] x0,y0,x1,y1 in level 0.

    ignore: neither plate nor background. hard: no plate, but an early detector thought so.
    """

    name: str
    source: str
    levels: list[np.ndarray]
    plates: np.ndarray
    ignore: np.ndarray
    hard: np.ndarray
    weight: float


@dataclass(frozen=True)
class View:
    """A piece of a photograph as the net would see it: luma uint8 [H,W] and boxes in its pixels, cut ones included."""

    picture: np.ndarray
    plates: np.ndarray
    ignore: np.ndarray


def _boxes(rows: list[list[float]]) -> np.ndarray:
    boxes = np.asarray(rows, np.float32).reshape(-1, 4).copy()
    boxes[:, 2:] += boxes[:, :2]
    return boxes


Rows = list[list[float]]


def _photo(path: Path, source: str, plates: Rows, ignore: Rows, hard: Rows, weight: float) -> Photo:
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise FileNotFoundError(f"no readable picture at {path}")
    levels = [picture]
    while min(levels[-1].shape) > 256:
        smaller = (levels[-1].shape[1] // 2, levels[-1].shape[0] // 2)
        levels.append(cv2.resize(levels[-1], smaller, interpolation=cv2.INTER_AREA))
    return Photo(path.name, source, levels, _boxes(plates), _boxes(ignore), _boxes(hard), weight)


PLACES = Path(__file__).parent / "photo-places.csv"


def places(what: str) -> dict[str, list[list[float]]]:
    """Places x,y,w,h by file that an early detector took for plates beside the labels, judged by eye.

    `plate`: there is one, or may be: training masks it, measuring does not count it as false.
    `none`: there is none (training photographs only): training looks there more often.
    """
    found: dict[str, list[list[float]]] = defaultdict(list)
    with PLACES.open(newline="") as file:
        for row in csv.DictReader(file):
            if row["what"] == what:
                found[row["file"]].append([float(row[key]) for key in "xywh"])
    return found


def load_dashcam(data: Path, split: str) -> list[Photo]:
    """`dashcam-ro`, split `train` or `val`. Plates without a label or legible text are masked."""
    plates: dict[str, list[list[float]]] = defaultdict(list)
    ignore: dict[str, list[list[float]]] = defaultdict(list)
    with (data / "dashcam-ro" / "labels.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row["split"] == split:
                kind = ignore if row["quality"] == "unreadable" else plates
                kind[row["file"]].append([float(row[key]) for key in "xywh"])
    names = sorted({*plates, *ignore})
    more = places("plate")
    for name in names:
        ignore[name] += more.get(name, [])
    folder = data / "dashcam-ro" / "images"
    hard = places("none")
    return [
        _photo(folder / name, "dashcam-ro", plates[name], ignore[name], hard.get(name, []), 1.0) for name in names
    ]


def load_street(data: Path) -> list[Photo]:
    """`street-mixed`: many scenes by day. Sources of near-identical video frames weigh less than single photographs."""
    plates: dict[str, list[list[float]]] = defaultdict(list)
    ignore: dict[str, list[list[float]]] = defaultdict(list)
    sources: dict[str, str] = {}
    with (data / "street-mixed" / "labels.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            sources[row["file"]] = row["source"]
            if row["x"]:
                kind = ignore if row["ignore"] == "1" else plates
                kind[row["file"]].append([float(row[key]) for key in "xywh"])
    weights = {"lire": 4.0, "platerec": 1.5, "udacity": 1.0, "intel": 1.0}
    folder = data / "street-mixed" / "images"
    hard = places("none")
    return [
        _photo(folder / name, source, plates[name], ignore[name], hard.get(name, []), weights.get(source, 1.0))
        for name, source in sorted(sources.items())
    ]


def training_photos(data: Path) -> list[Photo]:
    """Every photograph that may be trained on; an empty list where `data` has none, so that training works without."""
    photos: list[Photo] = []
    if (data / "dashcam-ro" / "labels.csv").exists():
        photos += load_dashcam(data, "train")
    if (data / "street-mixed" / "labels.csv").exists():
        photos += load_street(data)
    return photos


def view(photo: Photo, rng: np.random.Generator, width: int, height: int, mirrored: bool) -> View:
    """Cuts a `width` x `height` piece at a zoom of 0.55 to 2.2 times the net's own.

    Seven times in ten it lies near a plate, or near a hard place where the photograph has one.
    Beyond the photograph the edge is repeated to the right and below, as the runtime pads.
    """
    full = photo.levels[0]
    base = min(NET_WIDTH_PX / full.shape[1], NET_HEIGHT_PX / full.shape[0])
    most = min(2.2 * base, 1.25)
    zoom = float(np.exp(rng.uniform(np.log(0.55 * base), np.log(most))))
    zoom_x, zoom_y = zoom * rng.uniform(0.93, 1.07), zoom * rng.uniform(0.93, 1.07)
    span_x, span_y = width / zoom_x, height / zoom_y
    free_x, free_y = max(0.0, full.shape[1] - span_x), max(0.0, full.shape[0] - span_y)
    left, top = rng.uniform(0, free_x + 1e-6), rng.uniform(0, free_y + 1e-6)
    near = photo.hard if len(photo.hard) and rng.random() < 0.5 else photo.plates
    if len(near) and rng.random() < 0.7:
        box = near[rng.integers(len(near))]
        left = float(np.clip((box[0] + box[2]) / 2 - rng.uniform(0.1, 0.9) * span_x, 0, free_x))
        top = float(np.clip((box[1] + box[3]) / 2 - rng.uniform(0.1, 0.9) * span_y, 0, free_y))
    level = 0
    while level + 1 < len(photo.levels) and zoom * 2 ** (level + 1) <= 1.1:
        level += 1
    source, shrink = photo.levels[level], 0.5**level
    sx, sy = zoom_x / shrink, zoom_y / shrink
    # edges at whole numbers: pixel k covers k..k+1, hence the half pixels around cv2's pixel middles
    matrix = np.array(
        [[sx, 0, (0.5 * sx - 0.5) - left * zoom_x], [0, sy, (0.5 * sy - 0.5) - top * zoom_y]], np.float64
    )
    picture = cv2.warpAffine(source, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    scale = np.array([zoom_x, zoom_y, zoom_x, zoom_y], np.float32)
    shift = np.array([left, top, left, top], np.float32)
    plates, ignore = (photo.plates - shift) * scale, (photo.ignore - shift) * scale
    if mirrored:
        picture = cv2.flip(picture, 1)
        plates, ignore = _mirror(plates, width), _mirror(ignore, width)
    return View(picture, _inside(plates, width, height), _inside(ignore, width, height))


def _mirror(boxes: np.ndarray, width: int) -> np.ndarray:
    return np.stack([width - boxes[:, 2], boxes[:, 1], width - boxes[:, 0], boxes[:, 3]], 1)


def _inside(boxes: np.ndarray, width: int, height: int) -> np.ndarray:
    keep = (boxes[:, 2] > 0) & (boxes[:, 3] > 0) & (boxes[:, 0] < width) & (boxes[:, 1] < height)
    return boxes[keep]
