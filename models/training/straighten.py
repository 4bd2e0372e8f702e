"""From a plate's four corners in a picture to the strip that the reader sees.

This is the reader's contract with whoever runs it; the manifest states the numbers. Coordinates are continuous:
pixel k covers [k, k+1), its centre is k + 0.5.
"""
from __future__ import annotations

import cv2
import numpy as np

WIDTH, HEIGHT = 192, 48
MARGIN = 0.08
"""Seen beyond the plate on each side, as a share of the plate's width or height."""
STACK_BELOW = 2.2
"""Plates with a smaller width to height ratio have two lines: the halves are put side by side."""
SPLIT, OVERLAP = 0.5, 0.08
"""Where the widened plate is cut, and by how much the halves overlap, as shares of its height."""


def aspect(quad: np.ndarray) -> float:
    """Mean of upper and lower side over mean of left and right side. quad: [4,2], upper left first, clockwise."""
    side = np.linalg.norm(quad - np.roll(quad, -1, axis=0), axis=1)
    return float((side[0] + side[2]) / max(1e-6, side[1] + side[3]))


def _warp(grey: np.ndarray, plane: np.ndarray, u: tuple[float, float], v: tuple[float, float],
          width: int, height: int) -> np.ndarray:
    """Sample the part u x v of the plate's plane (0..1 is the plate) into height x width pixels."""
    to_plane = np.array([[(u[1] - u[0]) / width, 0, u[0] + 0.5 * (u[1] - u[0]) / width],
                         [0, (v[1] - v[0]) / height, v[0] + 0.5 * (v[1] - v[0]) / height], [0, 0, 1]])
    to_index = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1.0]])
    return cv2.warpPerspective(grey, to_index @ plane @ to_plane, (width, height),
                               flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE)


def strip(grey: np.ndarray, quad: np.ndarray, stacked: bool | None = None) -> np.ndarray:
    """The reader's input, uint8 [48,192].

    grey: uint8 [h,w]. quad: [4,2] corners (x, y) upper left, upper right, lower right, lower left.
    stacked: two lines; None decides by the aspect ratio.
    """
    plane = cv2.getPerspectiveTransform(np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32), quad.astype(np.float32))
    low, high = -MARGIN, 1 + MARGIN
    if stacked is None:
        stacked = aspect(quad) < STACK_BELOW
    if not stacked:
        return _warp(grey, plane, (low, high), (low, high), WIDTH, HEIGHT)
    span = high - low
    upper = _warp(grey, plane, (low, high), (low, low + span * (SPLIT + OVERLAP / 2)), WIDTH // 2, HEIGHT)
    lower = _warp(grey, plane, (low, high), (low + span * (SPLIT - OVERLAP / 2), high), WIDTH // 2, HEIGHT)
    return np.concatenate([upper, lower], axis=1)


def box_quad(x: float, y: float, w: float, h: float) -> np.ndarray:
    """The corners of an upright box, float32 [4,2]."""
    return np.array([[x, y], [x + w, y], [x + w, y + h], [x, y + h]], np.float32)
