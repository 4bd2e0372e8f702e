"""Close-ups for training the detector: what the agent shows it of a plate that it has proposed.

The agent asks the detector twice: on a small copy of the frame, and on a close-up of each proposal at the frame's own
resolution (`agent/vision/close-up.ts`, whose sizes and shares stand here). They are cut out of the training pictures, around
proposals that are off by as much as the small copy's are; some are turned with the plate, as the agent asked for high plates
before a straightener put their corners right.
"""

from __future__ import annotations

import numpy as np
import cv2

from scenes import SMALLEST_PX, Scene, inside

Rng = np.random.Generator

SHAPES = ((128, 64, 64.0), (192, 96, 96.0))
"""Width and height of a close-up and how wide a plate is in it at most, in pixels; the second was a turned one's."""

MAX_FILL = 0.6
"""The plate fills at most this share of a close-up's width and height."""

HIGH_BELOW = 2.9
"""Plates less wide than this in their own heights are shown turned more often, in both sizes."""


def close_ups(scene: Scene, rng: Rng, count: int, shape: tuple[int, int, float]) -> list[Scene]:
    """`count` close-ups of a training picture, each a Scene of `shape`: a plate in most of them, none in one of six."""
    wide = np.linalg.norm(scene.quads[:, 1] - scene.quads[:, 0], axis=1)
    usable = np.flatnonzero(wide >= SMALLEST_PX * 1.5)
    return [
        _cut(scene, _of_plate(scene.quads[rng.choice(usable)], rng, shape), shape)
        if len(usable) and rng.random() < 5 / 6
        else _cut(scene, _anywhere(scene, rng, shape), shape)
        for _ in range(count)
    ]


def _of_plate(quad: np.ndarray, rng: Rng, shape: tuple[int, int, float]) -> np.ndarray:
    """Affine float64 [2,3] from the picture to a close-up around a plate, as a proposal of it would place it."""
    width, height, plate_px = shape
    across = (quad[1] + quad[2] - quad[0] - quad[3]) / 2
    wide = max(float(np.linalg.norm(across)), 1.0)
    high = (float(np.linalg.norm(quad[3] - quad[0])) + float(np.linalg.norm(quad[2] - quad[1]))) / 2
    turned = rng.random() < (0.75 if wide / max(high, 1.0) < HIGH_BELOW else 0.25)
    if turned:
        angle = float(np.arctan2(across[1], across[0])) + rng.normal(0, 0.035)
        extent = np.array([wide, high])
    else:
        angle = 0.0
        extent = quad.max(0) - quad.min(0)
    fill = MAX_FILL * np.array([width, height]) / np.maximum(extent, 1.0)
    zoom = min(1.0, float(min(plate_px / wide, fill.min())) * float(np.exp(rng.normal(0, 0.08))))
    middle = quad.mean(0) + rng.normal(0, 0.03, 2) * wide
    return _affine(middle, angle, zoom, shape)


def _anywhere(scene: Scene, rng: Rng, shape: tuple[int, int, float]) -> np.ndarray:
    size = np.array(scene.picture.shape[::-1])
    return _affine(rng.uniform(0, 1, 2) * size, 0.0, float(rng.uniform(0.4, 1.0)), shape)


def _affine(middle: np.ndarray, angle: float, zoom: float, shape: tuple[int, int, float]) -> np.ndarray:
    turn = zoom * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return np.column_stack([turn, np.array(shape[:2]) / 2 - turn @ middle])


def _cut(scene: Scene, affine: np.ndarray, shape: tuple[int, int, float]) -> Scene:
    """The close-up with what is in it, in its own pixels."""
    width, height = shape[:2]
    picture, to = scene.picture, affine.copy()
    zoom = float(np.hypot(affine[0, 0], affine[0, 1]))
    if zoom < 0.95:  # first smaller with every pixel counted, then turned and moved
        size = (max(1, round(picture.shape[1] * zoom)), max(1, round(picture.shape[0] * zoom)))
        ratio = np.array([size[0] / picture.shape[1], size[1] / picture.shape[0]])
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        to[:, :2] /= ratio
    # Corners are edges, OpenCV counts from the middle of the first pixel.
    to[:, 2] += to[:, :2] @ np.array([0.5, 0.5]) - 0.5
    picture = cv2.warpAffine(picture, to, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    quads = scene.quads @ affine[:, :2].T + affine[:, 2]
    boxes = _around(_outlines(scene.boxes) @ affine[:, :2].T + affine[:, 2])
    ignore = _around(_outlines(scene.ignore) @ affine[:, :2].T + affine[:, 2])
    whole = inside(_around(quads), width, height) >= 0.8
    whole &= np.linalg.norm(quads[:, 1] - quads[:, 0], axis=1) >= SMALLEST_PX
    level = abs(affine[0, 1]) < 0.05 * zoom
    real = inside(boxes, width, height) >= 0.9 if level else np.zeros(len(boxes), bool)
    masked = np.concatenate([ignore, _around(quads[~whole]), boxes[~real]])
    masked = masked[inside(masked, width, height) > 0]
    return Scene(
        picture,
        quads[whole].astype(np.float32),
        boxes[real].astype(np.float32),
        masked.astype(np.float32),
    )


def _outlines(boxes: np.ndarray) -> np.ndarray:
    """Corners float [n,4,2] of boxes x0, y0, x1, y1."""
    return boxes[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2)


def _around(quads: np.ndarray) -> np.ndarray:
    return np.concatenate([quads.min(1), quads.max(1)], 1) if len(quads) else np.zeros((0, 4))
