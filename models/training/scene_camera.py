"""Drawn backgrounds for training pictures, and what a roadside camera does to any picture.

The backgrounds need no photograph, so that the whole pipeline runs from the repository alone. `develop` applies light
and camera in physical order: lamps, exposure, optics and motion, sensor noise, compression.
"""

from __future__ import annotations

import cv2
import numpy as np

from scene_clutter import clamp
from scene_vehicles import glow

Rng = np.random.Generator

_noise_cache: dict[int, np.ndarray] = {}


def _noise(rng: Rng, height: int, width: int) -> np.ndarray:
    """Standard normal noise float32 [H,W], cut from one large sheet: drawing it anew costs more than all else here."""
    if 0 not in _noise_cache:
        _noise_cache[0] = np.random.default_rng(1).standard_normal((1024, 1280)).astype(np.float32)
    sheet = _noise_cache[0]
    y, x = rng.integers(0, sheet.shape[0] - height + 1), rng.integers(0, sheet.shape[1] - width + 1)
    piece = sheet[y : y + height, x : x + width]
    return piece[:, ::-1] if rng.random() < 0.5 else piece


def _clouds(rng: Rng, width: int, height: int) -> np.ndarray:
    """Soft structure at several scales, float32 [H,W], mean about 0, deviation about 1."""
    total = np.zeros((height, width), np.float32)
    for cells in (3, 8, 24, 70):
        if rng.random() < 0.75:
            grid = rng.standard_normal((max(2, cells * height // width), cells)).astype(np.float32)
            total += cv2.resize(grid, (width, height), interpolation=cv2.INTER_LINEAR) * rng.uniform(0.2, 1)
    return total


def draw_background(rng: Rng, width: int, height: int, infrared: bool) -> np.ndarray:
    """A street, a wall or nothing in particular: luma uint8 [H,W] without any plate."""
    level = rng.uniform(5, 90) if infrared else rng.uniform(30, 215)
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    picture = level + rng.normal(0, 25) * y + rng.normal(0, 20) * x + _clouds(rng, width, height) * rng.uniform(1, 26)
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    if rng.random() < 0.55:
        _street(picture, rng, level)
    for _ in range(rng.integers(0, 14)):
        size, middle = np.exp(rng.uniform(np.log(8), np.log(180))), rng.uniform(0, [width, height])
        angles = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 9)))
        points = middle + np.stack([np.cos(angles), np.sin(angles)], 1) * size * rng.uniform(0.3, 1, (len(angles), 1))
        shade = clamp(level * rng.uniform(0.2, 1.9), 0, 255)
        cv2.fillPoly(picture, [points.astype(np.int32)], shade, cv2.LINE_AA)
    for _ in range(rng.integers(0, 10)):
        ends = rng.uniform(-20, [width + 20, height + 20], (2, 2)).astype(int)
        shade = clamp(level * rng.uniform(0.2, 2.0), 0, 255)
        start, end = (tuple(map(int, point)) for point in ends)
        cv2.line(picture, start, end, shade, int(rng.integers(1, 7)), cv2.LINE_AA)
    if rng.random() < 0.6:
        rough = _noise(rng, height, width) * rng.uniform(1, 14)
        rough = cv2.GaussianBlur(rough, (0, 0), rng.uniform(0.5, 1.5)) * 1.5
        picture = np.clip(picture + rough, 0, 255).astype(np.uint8)
    return picture


def _street(picture: np.ndarray, rng: Rng, level: float) -> None:
    """A road with kerbs and markings that run to a vanishing point, and house fronts with windows above."""
    h, w = picture.shape
    vanish = np.array([rng.uniform(0.2, 0.8) * w, rng.uniform(-0.3, 0.5) * h])
    left, right = rng.uniform(-0.8, 0.2) * w, rng.uniform(0.8, 1.8) * w
    road = clamp(level * rng.uniform(0.4, 1.2), 0, 255)
    cv2.fillPoly(picture, [np.array([vanish, [left, h], [right, h]]).astype(np.int32)], road, cv2.LINE_AA)
    for _ in range(rng.integers(1, 5)):
        foot = rng.uniform(left, right)
        broad = rng.uniform(2, 14)
        paint = clamp(road + rng.uniform(30, 140), 0, 255)
        start, pieces = rng.uniform(0.1, 0.5), int(rng.integers(1, 6))
        for k in range(pieces):
            a = start + (1 - start) * k / pieces
            b = a + (1 - start) / pieces * (0.55 if pieces > 1 else 1.0)
            lo, hi = vanish + (np.array([foot, h]) - vanish) * a, vanish + (np.array([foot, h]) - vanish) * b
            quad = np.array([lo - [broad * a, 0], lo + [broad * a, 0], hi + [broad * b, 0], hi - [broad * b, 0]])
            cv2.fillPoly(picture, [quad.astype(np.int32)], paint, cv2.LINE_AA)
    if rng.random() < 0.6:
        columns, rows = int(rng.integers(3, 12)), int(rng.integers(1, 4))
        x0, step = rng.uniform(-20, 60), rng.uniform(18, 70)
        pane = clamp(level * rng.uniform(0.2, 2.2), 0, 255)
        for row in range(rows):
            for column in range(columns):
                x, y = x0 + column * step, 4 + row * step * rng.uniform(0.9, 1.1)
                corner = (int(x), int(y))
                cv2.rectangle(picture, corner, (int(x + step * 0.55), int(y + step * 0.7)), pane, -1)


def develop(picture: np.ndarray, rng: Rng, infrared: bool) -> np.ndarray:
    """From a scene to what a camera delivers: luma uint8 [H,W] of the same size."""
    h, w = picture.shape
    if rng.random() < (0.35 if infrared else 0.15):
        for _ in range(rng.integers(1, 5)):
            glow(picture, rng.uniform(0, [w, h]), np.exp(rng.uniform(np.log(2), np.log(28))), rng.uniform(60, 300))
    light = picture.astype(np.float32)
    if rng.random() < 0.5:
        light = 255 * np.power(light / 255, np.exp(rng.normal(0, 0.3)))
    if rng.random() < 0.6:
        light = (light - 128) * rng.uniform(0.45, 1.35) + 128 + rng.normal(0, 22)
    if rng.random() < 0.1:
        light *= rng.uniform(0.1, 0.5)  # under-exposed
    if rng.random() < 0.35:
        scale = rng.uniform(0.45, 0.9)  # a camera of fewer pixels, or one that is too soft
        small = cv2.resize(light, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        light = cv2.resize(small, (w, h), interpolation=cv2.INTER_LINEAR)
    if rng.random() < 0.45:
        light = cv2.GaussianBlur(light, (0, 0), rng.uniform(0.3, 1.3))
    if rng.random() < 0.2:
        light = cv2.filter2D(light, -1, _motion(rng))
    if rng.random() < 0.15:  # sharpened in the camera
        light = light * 1.6 - cv2.GaussianBlur(light, (0, 0), 1.0) * 0.6
    if rng.random() < 0.85:
        light = light + _noise(rng, h, w) * np.abs(rng.normal(0, 6))
    out = np.clip(light, 0, 255).astype(np.uint8)
    if rng.random() < 0.55:
        quality = int(rng.uniform(18, 92))
        out = cv2.imdecode(cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_GRAYSCALE)
    return out


def _motion(rng: Rng) -> np.ndarray:
    """A line of 2 to 8 pixels as a convolution kernel, float32 [9,9], sum 1."""
    kernel = np.zeros((9, 9), np.float32)
    angle, length = rng.uniform(0, np.pi), rng.uniform(2, 8)
    step = np.array([np.cos(angle), np.sin(angle)]) * length / 2
    start, end = (tuple(int(v) for v in np.round((4 + way * step) * 16)) for way in (-1, 1))
    cv2.line(kernel, start, end, 1.0, 1, cv2.LINE_AA, 4)
    if kernel.sum() <= 0:
        kernel[4, 4] = 1
    return kernel / kernel.sum()
