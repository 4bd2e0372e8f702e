"""Meshes made of bent sheets: a sheet is a grid of points with a material, smooth inside and sharp at its edges."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from traffic.raster import M_SIZE, TextureBank


@dataclass
class Mesh:
    """Triangles as arrays, in the object's own metres: points, normals [T, 3, 3], uv [T, 3, 2], shadow [T, 3]
    (1: open to the sky), material [T]; materials [M, M_SIZE]; bank and rows as `raster.TextureBank` makes them."""

    points: np.ndarray
    normals: np.ndarray
    uv: np.ndarray
    shadow: np.ndarray
    material: np.ndarray
    materials: np.ndarray
    bank: np.ndarray
    rows: np.ndarray


@dataclass
class MeshBuilder:
    bank: TextureBank = field(default_factory=TextureBank)
    materials: list = field(default_factory=list)
    parts: list = field(default_factory=list)

    def material(self, colour=(0.5, 0.5, 0.5), gloss=0.0, texture=None, emit=1.0, retro=0.0, infrared=-1.0) -> int:
        """colour: linear red, green, blue, unless there is a texture. infrared: what it returns of infra-red
        light, or -1 to take the mean of the colours. emit and retro scale the texture's channels."""
        row = np.zeros(M_SIZE)
        row[:3] = colour
        row[3] = gloss
        row[4] = -1 if texture is None else self.bank.add(texture)
        row[5], row[6], row[7] = emit, retro, infrared
        self.materials.append(row)
        return len(self.materials) - 1

    def sheet(self, points: np.ndarray, material: int, shadow=None, flip_u=False):
        """points [R, C, 3]; the texture's left edge is column 0, its lower edge row 0. shadow: number or [R, C]."""
        rows, columns = points.shape[:2]
        points = points.astype(float)
        along_rows = np.gradient(points, axis=0) if rows > 1 else np.zeros_like(points)
        along_columns = np.gradient(points, axis=1)
        normals = np.cross(along_columns, along_rows)
        size = np.linalg.norm(normals, axis=2, keepdims=True)
        normals = normals / np.where(size > 1e-12, size, 1)
        v, u = np.meshgrid(np.linspace(1, 0, rows), np.linspace(0, 1, columns), indexing="ij")
        if flip_u:
            u = 1 - u
        uv = np.stack([u, v], 2)
        if shadow is None:
            # Near the road and under the sills less of the sky is seen.
            shadow = np.clip(0.25 + points[..., 2] * 0.9, 0, 1)
        shadow = np.broadcast_to(np.asarray(shadow, float), (rows, columns))
        a, b = np.s_[:-1, :-1], np.s_[:-1, 1:]
        c, d = np.s_[1:, :-1], np.s_[1:, 1:]

        def triangles(grid):
            flat = [grid[s].reshape((-1,) + grid.shape[2:]) for s in (a, b, d, a, d, c)]
            return np.concatenate([np.stack(flat[:3], 1), np.stack(flat[3:], 1)])

        self.parts.append(
            (
                triangles(points),
                triangles(normals),
                triangles(uv),
                triangles(shadow),
                np.full(2 * (rows - 1) * (columns - 1), material),
            )
        )

    def box(self, low, high, material: int, shadow=None):
        """The five sides of a box that can be seen from above."""
        (x0, y0, z0), (x1, y1, z1) = low, high
        for corners in ([(x0, y0), (x1, y0)], [(x1, y0), (x1, y1)], [(x1, y1), (x0, y1)], [(x0, y1), (x0, y0)]):
            self.sheet(np.array([[(*c, z) for c in corners] for z in (z0, z1)]), material, shadow)
        self.sheet(np.array([[(x0, y0, z1), (x1, y0, z1)], [(x0, y1, z1), (x1, y1, z1)]]), material, shadow)

    def cylinder(self, centre, radius, low, high, material: int, shadow=None, around=20):
        """A tube about the y axis (a wheel's tread)."""
        angle = np.linspace(0, 2 * np.pi, around + 1)
        ring = [
            np.stack(
                [centre[0] + radius * np.cos(angle), np.full(around + 1, y), centre[1] + radius * np.sin(angle)], 1
            )
            for y in (low, high)
        ]
        self.sheet(np.stack(ring), material, shadow)

    def disc(self, centre, radius, y, material: int, shadow=None, around=20):
        """A round face in the plane y, with the texture's circle on it."""
        angle = np.linspace(0, 2 * np.pi, around + 1)
        inner, outer = np.zeros((around + 1, 3)), np.zeros((around + 1, 3))
        inner[:] = (centre[0], y, centre[1])
        outer[:, 0] = centre[0] + radius * np.cos(angle)
        outer[:, 1] = y
        outer[:, 2] = centre[1] + radius * np.sin(angle)
        before = len(self.parts)
        self.sheet(np.stack([inner, outer]), material, shadow)
        points, _, uv, shade, which = self.parts[before]
        uv = np.stack(
            [0.5 + (points[..., 0] - centre[0]) / radius / 2, 0.5 - (points[..., 2] - centre[1]) / radius / 2], 2
        )
        normals = np.zeros_like(points)
        normals[..., 1] = 1
        self.parts[before] = (points, normals, uv, shade, which)

    def build(self) -> Mesh:
        points, normals, uv, shadow, material = (np.concatenate(p) for p in zip(*self.parts))
        bank, rows = self.bank.arrays()
        return Mesh(points, normals, uv, shadow, material.astype(np.int64), np.array(self.materials), bank, rows)
