"""Draws a mesh in its place into a window of the picture, and what it does to the road: shadow and light."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from traffic.raster import SAMPLES, find_front, shade


@dataclass(frozen=True)
class Pose:
    """Where a vehicle stands: its front bumper's middle (x, y), metres; heading in radians, 0 comes towards the
    camera and pi drives away; lift and nod (radians): what its springs do."""

    x: float
    y: float
    heading: float
    lift: float = 0.0
    nod: float = 0.0

    def matrix(self) -> tuple[np.ndarray, np.ndarray]:
        """Rotation and translation from the vehicle's metres (x back, y right as seen from the front) to the world's."""
        c, s = np.cos(self.heading), np.sin(self.heading)
        # Heading 0: the vehicle's x is the world's y, its y is the world's x.
        turn = np.array([[s, c, 0.0], [c, -s, 0.0], [0.0, 0.0, 1.0]])
        cn, sn = np.cos(self.nod), np.sin(self.nod)
        tip = np.array([[cn, 0.0, sn], [0.0, 1.0, 0.0], [-sn, 0.0, cn]])
        return turn @ tip, np.array([self.x, self.y, self.lift])

    def place(self, points: np.ndarray) -> np.ndarray:
        turn, move = self.matrix()
        return points @ turn.T + move


class Still:
    """The place of what stands in the world's own metres."""

    @staticmethod
    def matrix():
        return np.eye(3), np.zeros(3)


def window_of(xy: np.ndarray, width: int, height: int, margin: int = 2):
    """x0, y0, x1, y1 of the pixels that these points span, inside the picture; None when nothing is."""
    x0, y0 = np.floor(xy.min(axis=0)).astype(int) - margin
    x1, y1 = np.ceil(xy.max(axis=0)).astype(int) + margin
    x0, y0, x1, y1 = max(0, x0), max(0, y0), min(width, x1), min(height, y1)
    return None if x1 - x0 < 2 or y1 - y0 < 2 else (x0, y0, x1, y1)


def draw_mesh(camera, mesh, pose, light, env, margin=2):
    """(window, picture): picture float32 [h, w, 4], premultiplied linear light and coverage; None when not in view."""
    turn, move = pose.matrix()
    points = mesh.points.reshape(-1, 3) @ turn.T + move
    xy, depth = camera.project(points)
    if (depth < 1.0).all():
        return None
    visible = depth > 1.0
    window = window_of(xy[visible], camera.width, camera.height, margin)
    if window is None:
        return None
    x0, y0, x1, y1 = window
    sx = ((xy[:, 0] - x0) * SAMPLES).reshape(-1, 3)
    sy = ((xy[:, 1] - y0) * SAMPLES).reshape(-1, 3)
    iz = np.where(visible, 1 / np.maximum(depth, 1e-3), -1).reshape(-1, 3)
    h, w = (y1 - y0) * SAMPLES, (x1 - x0) * SAMPLES
    nearest = np.zeros((h, w), np.float32)
    front = np.full((h, w), -1, np.int32)
    find_front(sx, sy, iz, nearest, front)
    out = np.zeros((y1 - y0, x1 - x0, 4), np.float32)
    shade(
        sx,
        sy,
        iz,
        mesh.uv,
        mesh.normals @ turn.T,
        mesh.shadow,
        mesh.material,
        texel_levels(mesh, sx, sy),
        mesh.materials,
        mesh.bank,
        mesh.rows,
        light.row(),
        env,
        camera.rays(),
        camera.position,
        np.array([x0, y0], float),
        1 / SAMPLES,
        front,
        light.infrared,
        out,
    )
    return window, out


def texel_levels(mesh, sx, sy):
    """For each triangle the texture level at which a texel is about as big as a sample."""
    area = np.abs((sx[:, 1] - sx[:, 0]) * (sy[:, 2] - sy[:, 0]) - (sx[:, 2] - sx[:, 0]) * (sy[:, 1] - sy[:, 0])) + 1e-6
    uv = mesh.uv
    part = np.abs(
        (uv[:, 1, 0] - uv[:, 0, 0]) * (uv[:, 2, 1] - uv[:, 0, 1])
        - (uv[:, 2, 0] - uv[:, 0, 0]) * (uv[:, 1, 1] - uv[:, 0, 1])
    )
    first = mesh.materials[mesh.material, 4].astype(int)
    texels = part * mesh.rows[first, 1] * mesh.rows[first, 2]
    return np.clip(np.round(0.5 * np.log2(np.maximum(texels / area, 1e-6))), 0, 3).astype(np.int64)


def blur_along(picture, dx, dy):
    """Motion blur: the mean over a straight line of (dx, dy) pixels, centred. Leaves short ones alone."""
    length = float(np.hypot(dx, dy))
    if length < 0.4:
        return picture
    steps = max(3, int(np.ceil(length * 4)) | 1)
    size = int(np.ceil(length / 2)) * 2 + 3
    kernel = np.zeros((size, size), np.float32)
    middle = size // 2
    for t in np.linspace(-0.5, 0.5, steps):
        x, y = middle + t * dx, middle + t * dy
        ix, iy = int(np.floor(x)), int(np.floor(y))
        fx, fy = x - ix, y - iy
        for jx, jy, weight in (
            (0, 0, (1 - fx) * (1 - fy)),
            (1, 0, fx * (1 - fy)),
            (0, 1, (1 - fx) * fy),
            (1, 1, fx * fy),
        ):
            kernel[iy + jy, ix + jx] += weight
    return cv2.filter2D(picture, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE)


def ground_mask(camera, outline_xy, picture, window):
    """Warps a picture in road metres onto the window. outline_xy: world (x, y) of its corners, top left first."""
    corners = np.concatenate([np.asarray(outline_xy, float), np.zeros((4, 1))], 1)
    xy, depth = camera.project(corners)
    h, w = picture.shape[:2]
    source = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    x0, y0, x1, y1 = window
    target = (xy - [x0, y0]).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(source, target)
    return cv2.warpPerspective(picture, matrix, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR, borderValue=0)


def sun_shadow(camera, mesh, pose, sun_from, window):
    """How much of the sun is kept off the road, float32 [h, w] for the window at half its resolution, soft-edged."""
    points = pose.place(mesh.points.reshape(-1, 3))
    sun = np.array(sun_from, float)
    flat = points - sun[None] * (points[:, 2:3] / sun[2])
    flat[:, 2] = 0
    xy, depth = camera.project(flat)
    x0, y0, x1, y1 = window
    h, w = (y1 - y0 + 1) // 2, (x1 - x0 + 1) // 2
    triangles = ((xy - [x0, y0]) / 2).reshape(-1, 3, 2)
    ahead = np.where((depth > 1).reshape(-1, 3), 1.0, -1.0)
    front = np.full((h, w), -1, np.int32)
    find_front(
        np.ascontiguousarray(triangles[..., 0]),
        np.ascontiguousarray(triangles[..., 1]),
        ahead,
        np.zeros((h, w), np.float32),
        front,
    )
    small = np.where(front >= 0, np.uint8(255), np.uint8(0))
    soft = cv2.GaussianBlur(small, (0, 0), 3.0)
    return cv2.resize(soft, (x1 - x0, y1 - y0)).astype(np.float32) / 255
