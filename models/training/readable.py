"""When a plate in a picture can be read by a person, and a camera that keeps to it.

Used for measuring sets (render_set.py). The limits are optics and arithmetic, and know nothing of any reader:

- **Blur.** A pattern of strokes and gaps, each w wide, keeps exp(-2 pi^2 s^2 / (2 w)^2) of its contrast under a blur of standard
  deviation s: 0.37 at s = 0.45 w. Lens, motion and the pixels themselves together stay below that.
- **Noise.** A stroke is seen against its ground when it stands out by several standard deviations: the contrast of each
  part of the plate is at least six times the noise.
- **Contrast.** Each part of the plate, a character wide, has at least 26 of 255 grey levels between ink and ground. A part
  that is burnt out, in deep shadow or under dirt has not.
- **Size.** A character is at least 7 pixels high and 4.5 pixels from its neighbour.
- **Look-alikes.** A character and one that may stand in its place (O for zero, 8 for B), drawn by the same font at the size of
  the picture and brought to the same width, differ in at least MIN_DIFFERENCE_PX pixels. Where a font draws both the
  same, or they are too far away, nobody can tell.
"""
from __future__ import annotations

import cv2
import numpy as np

from fonts import CAP_PX
from straighten import MARGIN, strip

Rng = np.random.Generator

MOST_BLUR = 0.45
"""Standard deviation of all blur together at most, in widths of a stroke."""
PIXEL_BLUR_PX = 0.4
"""What a pixel's area (1 / sqrt(12)) and resampling blur by themselves."""
LEAST_CONTRAST = 26.0
"""Grey levels between ink and ground at least."""
CONTRAST_TO_NOISE = 6.0
LEAST_HIGH_PX, LEAST_PITCH_PX = 7.0, 4.5
LOOKED_AT_PX = 24
"""Shapes that are the same at this height are told apart by nobody who sees one of them only, however large."""
MIN_DIFFERENCE_PX = 5
"""Pixels of the picture in which two characters differ by a third of the contrast between ink and ground."""


def photograph(rng: Rng, scene: np.ndarray, stroke_px: float, infrared: bool) -> tuple[np.ndarray, float]:
    """What a roadside camera makes of a scene uint8 [H,W]: the picture uint8 [H,W] and its noise (grey levels).

    Lens, motion, exposure, sensor and codec in that order; blurred as far as strokes of this width allow.
    """
    light = scene.astype(np.float32)
    blur = float(rng.uniform(0.1, 1.0)) * room_for_blur(stroke_px)
    if rng.random() < 0.3:  # a moving car: a line of length L has the standard deviation L / sqrt(12)
        share = float(rng.uniform(0.2, 0.9))
        length = blur * share * np.sqrt(12)
        blur *= float(np.sqrt(1 - share**2))
        if length > 1:
            light = cv2.filter2D(light, -1, _line(rng, length), borderType=cv2.BORDER_REPLICATE)
    if blur > 0.2:
        light = cv2.GaussianBlur(light, (0, 0), blur)
    light *= rng.uniform(0.45, 1.15)
    if rng.random() < 0.4:
        black = rng.uniform(5, 45)  # haze, a dirty window
        light = light * (1 - black / 255) + black
    if rng.random() < 0.5:
        light = 255 * np.power(np.clip(light, 0, 255) / 255, np.exp(rng.normal(0, 0.25)), dtype=np.float32)
    noise = float(rng.uniform(0.5, 3.5) if rng.random() < 0.7 else rng.uniform(2, 8))
    light += rng.standard_normal(light.shape, dtype=np.float32) * np.float32(noise)
    if infrared and rng.random() < 0.3:  # the camera's noise reduction at night
        light, noise = cv2.GaussianBlur(light, (0, 0), 0.5), noise * 0.65
    picture = np.clip(light, 0, 255).astype(np.uint8)
    if rng.random() < 0.75:
        quality = int(rng.uniform(40, 92))
        picture = cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_GRAYSCALE)
    return picture, noise


def room_for_blur(stroke_px: float) -> float:
    """How much a camera may blur, standard deviation in pixels; 0 where the pixels alone blur too much."""
    return float(np.sqrt(max(0.0, (MOST_BLUR * stroke_px) ** 2 - PIXEL_BLUR_PX**2)))


def is_readable(picture: np.ndarray, quad: np.ndarray, lines: int, characters: int, stroke_px: float, noise: float) -> bool:
    """Whether the plate at `quad` [4,2] keeps to the limits. picture: uint8 [H,W]; it comes from `photograph`."""
    if room_for_blur(stroke_px) == 0:
        return False
    side = np.linalg.norm(quad - np.roll(quad, -1, axis=0), axis=1)
    wide, high = float(side[0] + side[2]) / 2, float(side[1] + side[3]) / 2
    in_a_line = -(-characters // lines)
    if high / lines * 0.66 < LEAST_HIGH_PX or wide * 0.85 / in_a_line < LEAST_PITCH_PX:
        return False
    contrast = weakest_contrast(strip(picture, quad.astype(np.float32), lines == 2))
    return contrast >= max(LEAST_CONTRAST, CONTRAST_TO_NOISE * noise)


def differ(one: np.ndarray, other: np.ndarray, scale: float) -> bool:
    """Whether two glyphs (fonts.Font.glyph) have shapes that can be told apart at `scale` pixels of the picture for one of theirs."""
    scale = min(scale, LOOKED_AT_PX / CAP_PX)
    size = (max(2, round(scale * one.shape[1])), max(3, round(scale * one.shape[0])))
    seen = [cv2.GaussianBlur(cv2.resize(np.pad(glyph, 2), size, interpolation=cv2.INTER_AREA), (0, 0), PIXEL_BLUR_PX) for glyph in (one, other)]
    return int((cv2.absdiff(*seen) > 255 / 3).sum()) >= MIN_DIFFERENCE_PX


def weakest_contrast(straightened: np.ndarray) -> float:
    """Least difference of bright and dark among parts of a strip uint8 [48,192], each about two characters wide."""
    height, width = straightened.shape
    edge = MARGIN / (1 + 2 * MARGIN)
    inner = straightened[round(height * (edge + 0.12)):round(height * (1 - edge - 0.12)), round(width * 0.16):round(width * 0.9)]
    parts = np.array_split(inner, 5, axis=1)
    return min(float(np.percentile(part, 92) - np.percentile(part, 8)) for part in parts)


def _line(rng: Rng, length: float) -> np.ndarray:
    """A line of `length` pixels in any direction, mostly along the road, as a kernel of sum 1."""
    angle = rng.normal(0, 0.5) if rng.random() < 0.6 else rng.uniform(0, np.pi)
    size = int(np.ceil(length)) // 2 * 2 + 3
    kernel = np.zeros((size, size), np.float32)
    middle, step = size // 2, np.array([np.cos(angle), np.sin(angle)]) * length / 2
    start, end = (tuple(int(v) for v in np.round((middle + way * step) * 16)) for way in (-1, 1))
    cv2.line(kernel, start, end, 1.0, 1, cv2.LINE_AA, 4)
    return kernel / kernel.sum()
