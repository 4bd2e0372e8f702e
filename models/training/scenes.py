"""Training pictures for the detector: rendered plates in photographs or drawn streets, among much that is no plate.

A picture is made in the order in which light makes it: a background, clutter, vehicles drawn around plates, the plates
with their perspective and light, headlights and glare, then the camera (blur, noise, JPEG). All of it is luma. The
corners of a rendered plate are exact; a real plate of a photograph has its upright box only.

Coordinates are edges: pixel k covers k..k+1, so the middle of the first pixel is 0.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from scene_camera import develop, draw_background
from scene_clutter import Lettering, draw_clock, draw_clutter
from scene_photos import Photo, training_photos, view
from scene_vehicles import draw_vehicle
from fonts import FontPool
from plates import random_plate

Rng = np.random.Generator

SMALLEST_PX = 14.0
"""Plates narrower than this at the net's input are neither taught nor forbidden."""

FAINT = 9.0
"""Nor are plates with less contrast than this in the finished picture (standard deviation of grey levels)."""


@dataclass(frozen=True)
class Scene:
    """One training picture, luma uint8 [H,W], and what is in it.

    quads: float32 [n,4,2], rendered plates, top-left, top-right, bottom-right, bottom-left in reading orientation.
    boxes: float32 [m,4] x0,y0,x1,y1, real plates. ignore: float32 [k,4], areas that say nothing.
    """

    picture: np.ndarray
    quads: np.ndarray
    boxes: np.ndarray
    ignore: np.ndarray


@dataclass(frozen=True)
class StockPlate:
    """A rendered plate kept for several pictures: pyramids of luma and retro-reflection uint8 [H,W], millimetres."""

    luma: list[np.ndarray]
    retro: list[np.ndarray]
    width_mm: float
    height_mm: float


def _pyramid(picture: np.ndarray) -> list[np.ndarray]:
    levels = [picture]
    while levels[-1].shape[1] > 24 and levels[-1].shape[0] > 6:
        size = (max(1, int(levels[-1].shape[1] / 1.5)), max(1, int(levels[-1].shape[0] / 1.5)))
        levels.append(cv2.resize(levels[-1], size, interpolation=cv2.INTER_AREA))
    return levels


class PlateStock:
    """Rendered plates in memory: rendering one takes far longer than placing it, so each serves several pictures."""

    def __init__(self, fonts: FontPool, rng: Rng, size: int) -> None:
        self._fonts = fonts
        self._plates = [self._render(rng) for _ in range(size)]

    def _render(self, rng: Rng) -> StockPlate:
        plate = random_plate(rng, self._fonts)
        luma = cv2.cvtColor(plate.rgb, cv2.COLOR_RGB2GRAY)
        retro = np.clip(plate.retro * 255, 0, 255).astype(np.uint8)
        if luma.shape[1] > 330:
            size = (330, max(8, round(330 * luma.shape[0] / luma.shape[1])))
            luma, retro = (cv2.resize(layer, size, interpolation=cv2.INTER_AREA) for layer in (luma, retro))
        return StockPlate(_pyramid(luma), _pyramid(retro), plate.width_mm, plate.height_mm)

    def refresh(self, rng: Rng) -> None:
        """Replaces one plate of the stock."""
        self._plates[rng.integers(len(self._plates))] = self._render(rng)

    def draw(self, rng: Rng) -> StockPlate:
        """Some plate of the stock."""
        return self._plates[rng.integers(len(self._plates))]


def random_pose(rng: Rng, width_mm: float, height_mm: float, width_px: float, gentle: bool = False) -> np.ndarray:
    """Homography float64 [3,3] from millimetres on the plate's plane (its middle is 0,0, y down) to pixels around 0,0.

    A pinhole camera 2.5 to 14 m away; mostly nearly frontal, one in three turned by up to 46 degrees, one in eight
    rolled by up to 20. The plate's middle line is `width_px` long.
    """
    yaw = rng.normal(0, 12) if gentle or rng.random() < 0.62 else rng.uniform(-46, 46)
    pitch = rng.normal(0, 9) if gentle or rng.random() < 0.8 else rng.uniform(-32, 32)
    ease = 0.4 if gentle else 1.0
    roll = ease * (rng.normal(0, 3.5) if rng.random() < 0.87 else rng.uniform(-20, 20))
    y, p, r = np.radians([np.clip(yaw, -46, 46), np.clip(pitch, -35, 35), roll])
    turn_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    turn_p = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    turn_r = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    turn = turn_r @ turn_p @ turn_y
    away = float(np.exp(rng.uniform(np.log(2500), np.log(14000))))
    pose = np.stack([turn[:, 0], turn[:, 1], np.array([0, 0, away])], 1)
    ends = pose @ np.array([[-width_mm / 2, 0, 1], [width_mm / 2, 0, 1]]).T
    ends = ends[:2] / ends[2]
    focal = width_px / np.linalg.norm(ends[:, 1] - ends[:, 0])
    return np.diag([focal, focal, 1.0]) @ pose


def project(pose: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Points float [n,2] through a homography."""
    moved = np.concatenate([points, np.ones((len(points), 1))], 1) @ pose.T
    return moved[:, :2] / moved[:, 2:]


def plate_corners(width_mm: float, height_mm: float) -> np.ndarray:
    """The four corners in millimetres, float [4,2], in the order of Scene.quads."""
    w, h = width_mm / 2, height_mm / 2
    return np.array([[-w, -h], [w, -h], [w, h], [-w, h]])


def paste_plate(
    picture: np.ndarray, plate: StockPlate, quad: np.ndarray, rng: Rng, infrared: bool, ambient: float
) -> None:
    """Sets the plate's artwork edge to edge into `quad` float [4,2], lit to suit a scene of mean level `ambient`."""
    x0, y0 = np.floor(quad.min(0)).astype(int) - 2
    x1, y1 = np.ceil(quad.max(0)).astype(int) + 2
    wide = float(np.linalg.norm(quad[1] - quad[0]) + np.linalg.norm(quad[2] - quad[3])) / 2
    level = 0
    while level + 1 < len(plate.luma) and plate.luma[level + 1].shape[1] >= wide:
        level += 1
    luma = plate.luma[level].astype(np.float32)
    retro = plate.retro[level].astype(np.float32)
    if infrared:
        lit = retro * rng.uniform(0.6, 1.25) + luma * rng.uniform(0.02, 0.15)
        if rng.random() < 0.25:
            lit = lit * rng.uniform(1.2, 1.8)  # burnt out
    else:
        white = np.clip(ambient * rng.uniform(0.8, 2.6) + rng.uniform(0, 80), 60, 275)
        if rng.random() < 0.35:
            white = max(white, rng.uniform(120, 260))
        haze = rng.uniform(0, 0.25) * ambient * 0.6
        lit = luma * ((white - haze) / 255) + haze
    if rng.random() < 0.3:  # a shadow over a part of it, or light from one side
        h, w = lit.shape
        slope = (np.linspace(-1, 1, w, dtype=np.float32) * rng.normal(0, 1))[None, :]
        slope = slope + (np.linspace(-1, 1, h, dtype=np.float32) * rng.normal(0, 1))[:, None]
        soft = rng.uniform(0.5, 12)
        lit = lit * (rng.uniform(0.4, 0.9) + (1 - rng.uniform(0.4, 0.9)) / (1 + np.exp(-slope * soft)))
    h, w = lit.shape
    source = np.array([[-0.5, -0.5], [w - 0.5, -0.5], [w - 0.5, h - 0.5], [-0.5, h - 0.5]], np.float32)
    target = (quad - [x0, y0] - 0.5).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(source, target)
    size = (int(x1 - x0), int(y1 - y0))
    warped = cv2.warpPerspective(lit, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    alpha = np.zeros((size[1], size[0]), np.uint8)
    cv2.fillConvexPoly(alpha, np.round(target * 16).astype(np.int32), 255, cv2.LINE_AA, 4)
    if rng.random() < 0.3 and wide > 24:
        sigma = rng.uniform(0.3, 1.4) * min(1.0, wide / 80)
        warped, alpha = cv2.GaussianBlur(warped, (0, 0), sigma), cv2.GaussianBlur(alpha, (0, 0), sigma)
    cx0, cy0 = max(x0, 0), max(y0, 0)
    cx1, cy1 = min(x1, picture.shape[1]), min(y1, picture.shape[0])
    if cx1 <= cx0 or cy1 <= cy0:
        return
    cut = (slice(cy0 - y0, cy1 - y0), slice(cx0 - x0, cx1 - x0))
    a = alpha[cut].astype(np.float32) / 255
    under = picture[cy0:cy1, cx0:cx1]
    picture[cy0:cy1, cx0:cx1] = np.clip(under + (warped[cut] - under) * a, 0, 255).astype(np.uint8)


def inside(boxes: np.ndarray, width: int, height: int) -> np.ndarray:
    """Share of each box x0, y0, x1, y1 (float [n,4]) that lies inside the picture, float [n]."""
    boxes = np.asarray(boxes, float).reshape(-1, 4)
    cut = np.clip(boxes, 0, [width, height, width, height])
    area = np.maximum((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]), 1e-6)
    return (cut[:, 2] - cut[:, 0]) * (cut[:, 3] - cut[:, 1]) / area


def _visible(box: np.ndarray, width: int, height: int) -> float:
    """Share of a box x0, y0, x1, y1 inside the picture."""
    return float(inside(box, width, height)[0])


def _overlap(box: np.ndarray, others: Sequence[np.ndarray]) -> bool:
    return any(box[0] < o[2] and o[0] < box[2] and box[1] < o[3] and o[1] < box[3] for o in others)


def _around(quad: np.ndarray, margin: float = 0.0) -> np.ndarray:
    return np.concatenate([quad.min(0) - margin, quad.max(0) + margin]).astype(np.float32)


class SceneMaker:
    """Makes training pictures of `width` x `height`, endlessly, from one seed."""

    def __init__(
        self, fonts: FontPool, data: Path | None, seed: int, width: int, height: int, stock: int = 1200
    ) -> None:
        self.rng = np.random.default_rng(seed)
        self.width, self.height = width, height
        self._photos = training_photos(data) if data else []
        total = np.array([photo.weight for photo in self._photos] or [1.0])
        self._chance = total / total.sum()
        self._letters = Lettering([font.path for font in fonts.fonts], self.rng)
        self._stock = PlateStock(fonts, self.rng, stock)
        self._made = 0

    def scene(self) -> Scene:
        """The next picture."""
        rng = self.rng
        self._made += 1
        if self._made % 5 == 0:
            self._stock.refresh(rng)
            self._letters.refresh(rng)
        infrared = rng.random() < 0.17
        empty = rng.random() < 0.14
        photo = self._photo()
        boxes: list[np.ndarray] = []
        ignore: list[np.ndarray] = []
        quads: list[np.ndarray] = []
        if photo is None:
            picture = draw_background(rng, self.width, self.height, infrared)
            draw_clutter(picture, self._letters, rng, 7.0)
        else:
            mirrored = rng.random() < 0.3
            part = view(photo, rng, self.width, self.height, mirrored)
            picture = part.picture.copy()
            if infrared:
                picture = cv2.convertScaleAbs(picture, alpha=rng.uniform(0.15, 0.8))
            ignore += list(part.ignore)
            for box in part.plates:
                self._real_plate(picture, box, mirrored or infrared, infrared, boxes, quads, ignore)
            before = picture.copy()
            draw_clutter(picture, self._letters, rng, 2.0 if rng.random() < 0.7 else 0.0)
            for box in [*boxes, *ignore, *(_around(quad) for quad in quads)]:  # clutter never lies on a plate
                picture[_cut(box)] = before[_cut(box)]
        if not empty:
            for _ in range(int(rng.choice([1, 2, 3, 4], p=[0.4, 0.32, 0.18, 0.1]))):
                self._add_plate(picture, photo is None, infrared, boxes, quads, ignore)
        if rng.random() < 0.15:
            taken = [*boxes, *(_around(quad) for quad in quads)]
            before = picture.copy()
            draw_clock(picture, self._letters, rng)
            if taken:
                changed = np.argwhere(picture != before)
                if len(changed):
                    lo, hi = changed.min(0), changed.max(0)
                    if _overlap(np.array([lo[1], lo[0], hi[1] + 1, hi[0] + 1]), taken):
                        picture = before
        picture = develop(picture, rng, infrared)
        return self._label(picture, quads, boxes, ignore)

    def _photo(self) -> Photo | None:
        if not self._photos or self.rng.random() < 0.42:
            return None
        return self._photos[self.rng.choice(len(self._photos), p=self._chance)]

    def _real_plate(
        self, picture: np.ndarray, box: np.ndarray, must_replace: bool, infrared: bool,
        boxes: list[np.ndarray], quads: list[np.ndarray], ignore: list[np.ndarray],
    ) -> None:  # fmt: skip
        """Keeps a photograph's plate, or sets a rendered one in its place: the most natural surroundings there are."""
        rng = self.rng
        if not must_replace and rng.random() < 0.78:
            boxes.append(box)
            return
        plate = self._stock.draw(rng)
        w, h = float(box[2] - box[0]), float(box[3] - box[1])
        aspect = plate.width_mm / plate.height_mm
        wide = max(w, h * aspect) * rng.uniform(1.04, 1.25)
        pose = random_pose(rng, plate.width_mm, plate.height_mm, wide, gentle=True)
        middle = np.array([box[0] + box[2], box[1] + box[3]]) / 2
        quad = project(pose, plate_corners(plate.width_mm, plate.height_mm)) + middle
        if _overlap(_around(quad, 1), [*boxes, *ignore, *(_around(q) for q in quads)]):
            ignore.append(box)
            return
        x0, y0, x1, y1 = (int(v) for v in _around(box.reshape(2, 2), 2))
        hole = picture[max(0, y0) : max(0, y1), max(0, x0) : max(0, x1)]
        if hole.size:
            ambient = float(hole.mean())
            hole[:] = np.clip(np.percentile(hole, 25) + rng.normal(0, 4, hole.shape), 0, 255).astype(np.uint8)
            paste_plate(picture, plate, quad, rng, infrared, max(ambient, 20.0))
            quads.append(quad)

    def _add_plate(
        self, picture: np.ndarray, drawn: bool, infrared: bool,
        boxes: list[np.ndarray], quads: list[np.ndarray], ignore: list[np.ndarray],
    ) -> None:  # fmt: skip
        """One more rendered plate with its vehicle, where it hides nothing that counts; gives up after a few tries."""
        rng = self.rng
        taken = [*boxes, *ignore, *(_around(quad) for quad in quads)]
        for _ in range(6):
            plate = self._stock.draw(rng)
            wide = float(np.exp(rng.triangular(np.log(15), np.log(75), np.log(320))))
            if plate.height_mm * 2.2 > plate.width_mm:
                wide *= rng.uniform(0.5, 0.9)
            pose = random_pose(rng, plate.width_mm, plate.height_mm, wide)
            corners = plate_corners(plate.width_mm, plate.height_mm)
            size = np.array([self.width, self.height])
            middle = rng.uniform(-0.02, 1.02, 2) * size
            if rng.random() < 0.85:  # most of them whole, some cut by the picture's edge
                reach = np.abs(project(pose, corners)).max(0) + 1
                middle = np.clip(middle, np.minimum(reach, size / 2), np.maximum(size - reach, size / 2))
            pose = np.array([[1, 0, middle[0]], [0, 1, middle[1]], [0, 0, 1]]) @ pose
            quad = project(pose, corners)
            full = rng.random() < (0.85 if drawn else 0.3)
            reach = _around(project(pose, corners * ([1.3, 1.8] if not full else [2.2, 3.6])))
            if _overlap(reach, taken) or _visible(_around(quad), self.width, self.height) < 0.2:
                continue
            lo, hi = np.clip(_around(quad, 12).reshape(2, 2), 0, [self.width - 1, self.height - 1]).astype(int)
            ambient = max(12.0, float(picture[lo[1] : hi[1] + 1, lo[0] : hi[0] + 1].mean()))
            if rng.random() < 0.96:
                keep = [(box, picture[_cut(box)].copy()) for box in taken]
                size_mm = (plate.width_mm, plate.height_mm)
                draw_vehicle(picture, pose, size_mm, self._letters, rng, full, infrared, ambient)
                for box, pixels in keep:
                    picture[_cut(box)] = pixels
            paste_plate(picture, plate, quad, rng, infrared, ambient)
            quads.append(quad)
            return

    def _label(
        self, picture: np.ndarray, quads: list[np.ndarray], boxes: list[np.ndarray], ignore: list[np.ndarray]
    ) -> Scene:
        masked = list(ignore)
        good_quads: list[np.ndarray] = []
        good_boxes: list[np.ndarray] = []
        for quad in quads:
            box = _around(quad)
            wide = float(np.linalg.norm(quad[1] - quad[0]))
            faint = float(picture[_cut(box)].std()) < FAINT
            if wide < SMALLEST_PX or faint or _visible(box, self.width, self.height) < 0.8:
                masked.append(box)
            else:
                good_quads.append(quad)
        for box in boxes:
            if box[2] - box[0] < SMALLEST_PX or _visible(box, self.width, self.height) < 0.9:
                masked.append(box)
            else:
                good_boxes.append(box)
        return Scene(
            picture,
            np.asarray(good_quads, np.float32).reshape(-1, 4, 2),
            np.asarray(good_boxes, np.float32).reshape(-1, 4),
            np.asarray(masked, np.float32).reshape(-1, 4),
        )


def _cut(box: np.ndarray) -> tuple[slice, slice]:
    """The pixels of a box as slices, never negative."""
    x0, y0, x1, y1 = (max(0, int(v)) for v in (box[0] - 1, box[1] - 1, box[2] + 2, box[3] + 2))
    return slice(y0, y1), slice(x0, x1)
