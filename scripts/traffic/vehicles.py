"""Vehicles: cars of five shapes, a van and a lorry, with their plates in place.

Own coordinates, metres: x from the front bumper to the back, y to the right of a picture that looks at the front, z up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from traffic import panels
from traffic.artwork import MAKERS
from traffic.body import BACK_KNOTS, FLAT_KNOTS, body
from traffic.mesh import Mesh, MeshBuilder
from traffic.mounts import cargo, mount_plate
from traffic.shapes import KINDS, PAINTS, SHAPES, WEIGHTS


@dataclass
class Vehicle:
    mesh: Mesh
    kind: str
    length: float
    half: float
    height: float
    plates: dict  # "front" and "back": corners [4, 3], top left first, clockwise, as somebody before it sees them
    head_lamps: np.ndarray  # [2, 3]
    tail_lamps: np.ndarray


def build(rng, fonts, plate, kind=None, paint=None, infrared=False):
    """A vehicle with its plate in front and behind.

    fonts: two font files for lettering. infrared: painted as a camera for infra-red light sees it."""
    kind = kind or str(rng.choice(KINDS, p=WEIGHTS))
    shape = SHAPES[kind]
    names = list(PAINTS)
    weights = np.array([PAINTS[n][1] for n in names], float)
    if kind in ("van", "lorry"):
        weights *= [0.5, 0.7, 0.8, 4, 1, 1, 1, 0.5, 1, 0.5]
    paint = paint or str(rng.choice(names, p=weights / weights.sum()))
    rgb, _, infra_red = PAINTS[paint]
    rgb = tuple(int(c) for c in np.clip(np.array(rgb) * rng.uniform(0.85, 1.12), 8, 240))
    grey = int(255 * (infra_red * rng.uniform(0.6, 1.2)) ** (1 / 2.2))
    rgb = (grey,) * 3 if infrared else rgb
    builder, maker = MeshBuilder(), str(rng.choice(MAKERS))
    body(builder, shape, kind, rng, fonts, rgb, maker, livery=rng.random() < 0.8)
    tyre = builder.material((0.018, 0.018, 0.018))
    length, plates = shape.length, {}
    axles = list(shape.axles) if kind != "lorry" else [shape.axles[0], 6.2]
    out = shape.half * (1.005 if kind != "lorry" else 1.02)
    for x in axles:
        face_of_wheel = builder.material(texture=panels.wheel(rng, shape.wheel).texture())
        for sign in (-1, 1):
            builder.cylinder((x, shape.wheel), shape.wheel, sign * (out - 0.22), sign * (out + 0.004), tyre, 0.4)
            builder.disc((x, shape.wheel), shape.wheel, sign * (out + 0.006), face_of_wheel, 0.6)
    builder.sheet(
        np.array(
            [
                [(0.25, -shape.half * 0.88, shape.sill + 0.02), (0.25, shape.half * 0.88, shape.sill + 0.02)],
                [
                    (shape.length - 0.25, -shape.half * 0.88, shape.sill + 0.02),
                    (shape.length - 0.25, shape.half * 0.88, shape.sill + 0.02),
                ],
            ]
        ),
        tyre,
        0.1,
    )
    offset = -rng.uniform(0.2, 0.35) if rng.random() < 0.06 else rng.normal(0, 0.015)
    z = shape.sill + (shape.nose - shape.sill) * rng.uniform(0.40, 0.50)
    lift = max(0.0, plate.height_mm / 2000 - 0.056)
    plates["front"] = mount_plate(
        builder, rng, fonts, plate, -0.025, offset, z + lift * 0.3, rng.uniform(0.0, 0.012), 1
    )
    if kind == "lorry":
        plates["back"], length = cargo(builder, rng, fonts, maker, plate)
    else:
        low_mount = rng.random() < 0.3 and kind != "van"
        z = 0.5 if low_mount else shape.plate_back - rng.uniform(0, 0.06)
        v = (z - shape.sill) / (shape.tail[1] - shape.sill)
        knots = FLAT_KNOTS if kind == "van" else BACK_KNOTS
        reach = (plate.height_mm / 2000 + 0.03) / (shape.tail[1] - shape.sill)
        inset = min(
            float(np.interp(k, [p[0] for p in knots], [p[1] for p in knots])) for k in (v - reach, v, v + reach)
        )
        y = rng.normal(0, 0.02) if kind != "van" else rng.choice([-0.42, 0.0])
        plates["back"] = mount_plate(
            builder, rng, fonts, plate, shape.length - inset + 0.02, y, z, rng.uniform(0.0, 0.02), -1
        )
    lamp_z = shape.sill + (shape.nose - shape.sill) * 0.83
    lamp_y = shape.half - 0.17
    tail_z = shape.sill + (shape.tail[1] - shape.sill) * (0.8 if kind != "van" else 0.3)
    heads = np.array([[0.10, -lamp_y, lamp_z], [0.10, lamp_y, lamp_z]])
    tails = np.array([[length, -(shape.half - 0.15), tail_z], [length, shape.half - 0.15, tail_z]])
    mesh = builder.build()
    height = float(mesh.points[..., 2].max())
    return Vehicle(mesh, kind, length, shape.half, height, plates, heads, tails)
