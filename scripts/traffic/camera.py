"""A pinhole camera on a pole: where a point of the road world lands in the picture.

World, metres: x to the right, y along the road away from the pole, z up; the pole's foot is the origin.
Picture, pixels: x to the right, y down; the centre of the top left pixel is (0.5, 0.5).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Camera:
    """pan (to the right), tilt (downwards) and roll (clockwise) in degrees; focal length in pixels."""

    width: int
    height: int
    focal_px: float
    height_m: float = 5.5
    pan: float = 0.0
    tilt: float = 16.0
    roll: float = 0.0
    offset_px: tuple[float, float] = (0.0, 0.0)  # shake: moves the whole picture
    rotation: np.ndarray = field(init=False, repr=False)

    def __post_init__(self):
        pan, tilt, roll = np.radians([self.pan, self.tilt, self.roll])
        forward = np.array([np.sin(pan) * np.cos(tilt), np.cos(pan) * np.cos(tilt), -np.sin(tilt)])
        right = np.array([np.cos(pan), -np.sin(pan), 0.0])
        down = np.cross(forward, right)
        rolled = np.cos(roll) * right + np.sin(roll) * down
        object.__setattr__(self, "rotation", np.stack([rolled, np.cross(forward, rolled), forward]))

    @property
    def position(self) -> np.ndarray:
        return np.array([0.0, 0.0, self.height_m])

    @property
    def centre(self) -> tuple[float, float]:
        return self.width / 2 + self.offset_px[0], self.height / 2 + self.offset_px[1]

    def project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """World points [N, 3] to pixels [N, 2] and depth along the optical axis [N], metres.

        x = cx + f X / Z, the pinhole. A depth of zero or less is behind the camera and its pixel means nothing.
        """
        seen = (np.asarray(points, float) - self.position) @ self.rotation.T
        depth = seen[:, 2]
        safe = np.where(depth > 1e-3, depth, 1e-3)
        cx, cy = self.centre
        return np.stack([cx + self.focal_px * seen[:, 0] / safe, cy + self.focal_px * seen[:, 1] / safe], 1), depth

    def rays(self) -> np.ndarray:
        """[3, 3] that maps (x, y, 1) in pixels to a world direction whose depth is 1 m."""
        cx, cy = self.centre
        back = np.array(
            [[1 / self.focal_px, 0, -cx / self.focal_px], [0, 1 / self.focal_px, -cy / self.focal_px], [0, 0, 1]]
        )
        return self.rotation.T @ back

    def ground(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where the rays through these pixels meet the road (z = 0): world x and y; far away above the horizon."""
        m = self.rays()
        dx, dy, dz = (m[i, 0] * x + m[i, 1] * y + m[i, 2] for i in range(3))
        t = self.height_m / np.maximum(-dz, 1e-4)
        return dx * t, dy * t
