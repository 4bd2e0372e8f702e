"""A vehicle's shell, from the few measures of its shape: sheets between curves that run from side to side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from traffic import artwork, panels
from traffic.shapes import EMIT_HEAD, EMIT_TAIL, Shape

ACROSS = np.linspace(-1, 1, 15)


@dataclass
class Lines:
    """The curves that the sheets hang between, each [15, 3]; front and back are whole sheets."""

    front: np.ndarray
    back: np.ndarray
    cowl: np.ndarray
    roof_front: np.ndarray
    roof_back: np.ndarray
    foot: np.ndarray
    belt: float  # half the width where the windows begin


def edge(x, z, half, bow, crown):
    """A curve from side to side: bow metres further back at the ends, crown metres higher in the middle."""
    return np.stack([x + bow * ACROSS**2, half * ACROSS, z + crown * (1 - ACROSS**2)], 1)


def span(low, high, rows, bulge=(0.0, 0.0)):
    """A sheet between two curves; bulge: (x, z) metres in its middle, nothing at its sides."""
    r = np.linspace(0, 1, rows)[:, None, None]
    swell = np.sin(np.pi * r) * (1 - ACROSS**2)[None, :, None]
    return low[None] * (1 - r) + high[None] * r + swell * np.array([bulge[0], 0.0, bulge[1]])


def face(shape, x_end, top, sign, knots):
    """Front (sign 1) or back (-1): bumper and above, rounded at the corners."""
    v = np.linspace(0, 1, 11)[:, None]
    inset = np.interp(v, [k[0] for k in knots], [k[1] for k in knots])
    corner = shape.corner * (0.82 * np.abs(ACROSS) ** 4 + 0.18 * ACROSS**2)[None]
    x = x_end + sign * (inset + corner)
    y = np.broadcast_to(shape.half * (0.95 + 0.05 * np.sin(np.pi * v * 0.8)) * ACROSS[None], x.shape)
    z = shape.sill + v * (top - shape.sill) - 0.05 * v * ACROSS[None] ** 2
    return np.stack([x, y, z], 2)


FRONT_KNOTS = [(0, 0.10), (0.12, 0.02), (0.3, 0.0), (0.55, 0.0), (0.65, 0.05), (0.95, 0.12), (1.0, 0.18)]
BACK_KNOTS = [(0, 0.07), (0.1, 0.0), (0.42, 0.0), (0.48, 0.06), (0.9, 0.09), (1.0, 0.12)]
FLAT_KNOTS = [(0, 0.03), (0.05, 0.0), (0.14, 0.0), (0.17, 0.05), (1.0, 0.06)]


def lines_of(shape: Shape, kind: str) -> Lines:
    tall = kind == "van"
    rf_x, rf_z, rr_x, rr_z = shape.roof
    belt = shape.half * 0.93
    foot_half = shape.roof_half * 1.04 if tall else belt
    return Lines(
        front=face(shape, 0.0, shape.nose, 1, FLAT_KNOTS if kind == "lorry" else FRONT_KNOTS),
        back=face(shape, shape.length, shape.tail[1], -1, FLAT_KNOTS if tall or kind == "lorry" else BACK_KNOTS),
        cowl=edge(shape.cowl[0], shape.cowl[1] - 0.04, belt, 0.16, 0.04),
        roof_front=edge(rf_x, rf_z - 0.05, shape.roof_half, 0.10, 0.05),
        roof_back=edge(rr_x, rr_z - 0.05, shape.roof_half, -0.04, 0.05),
        foot=edge(shape.foot[0], shape.foot[1] - 0.03, foot_half, -0.06, 0.03),
        belt=belt,
    )


def body(b, shape: Shape, kind: str, rng, fonts, paint_rgb, maker, livery):
    """The shell: front, back, bonnet, windows, roof, sides."""
    tall = kind == "van"
    lines = lines_of(shape, kind)
    rf_x, rf_z, rr_x, rr_z = shape.roof

    def painted(art, emit=EMIT_HEAD):
        return b.material(texture=art.texture(), emit=emit)

    width, low = 2 * shape.half, shape.sill
    b.sheet(lines.front, painted(artwork.front(rng, fonts, width, shape.nose - low, paint_rgb, maker)))
    back = artwork.back(rng, fonts, width, shape.tail[1] - low, paint_rgb, maker, tall)
    b.sheet(lines.back[:, ::-1], painted(back, EMIT_TAIL))
    bonnet = panels.bonnet(rng, width, shape.cowl[0], paint_rgb)
    b.sheet(span(lines.front[-1], lines.cowl, 7, (0, 0.05)), painted(bonnet), 1.0)
    slope = float(np.hypot(rf_x - shape.cowl[0], rf_z - shape.cowl[1]))
    screen = panels.windscreen(rng, 2 * lines.belt, slope, rng.random() < 0.97)
    b.sheet(span(lines.cowl, lines.roof_front, 7, (-0.05, 0.02)), painted(screen), 1.0)
    paint = b.material((np.array(paint_rgb) / 255) ** 2.2, gloss=1.0)
    b.sheet(span(lines.roof_front, lines.roof_back, 6, (0, 0.02)), paint, 1.0)
    drop = float(np.hypot(shape.foot[0] - rr_x, rr_z - shape.foot[1]))
    glass = paint if tall else painted(panels.back_window(rng, 2 * lines.belt, max(drop, 0.1)), EMIT_TAIL)
    b.sheet(span(lines.foot, lines.roof_back, 5, (0.03, 0.02))[:, ::-1], glass, 1.0)
    b.sheet(span(lines.back[-1], lines.foot, 3)[:, ::-1], paint, 1.0)
    for side in (0, -1):
        left, sign = side == 0, -1 if side == 0 else 1
        grid, top_z = flank(shape, lines, side, sign, tall)
        x0, length = float(grid[4, 0, 0]), float(grid[4, -1, 0] - grid[4, 0, 0])
        arches = [(axle - x0, shape.wheel) for axle in shape.axles]
        picture = panels.side(rng, length, top_z - low, paint_rgb, arches, kind == "suv")
        b.sheet(grid, painted(picture.flipped() if left else picture), flip_u=left)
        window = window_band(lines, grid, side, tall)
        posts = (0.22,) if tall else (0.44, 0.74)
        size = float(np.ptp(window[0, :, 0])), float(rf_z - shape.cowl[1])
        band = panels.windows(rng, *size, paint_rgb, shape.glass_to, posts)
        band = band.flipped() if left else band
        if tall and livery:
            panels.livery(rng, fonts, band, (band.height * 0.62, band.height * 0.3))
        b.sheet(window, painted(band), 1.0, flip_u=left)
        mirror_at(b, (shape.cowl[0] + 0.42, sign * (lines.belt + 0.08), shape.cowl[1] + 0.07), paint)


def flank(shape, lines, side, sign, tall):
    """One side below the windows, from the front's edge to the back's; and its height in the middle."""
    near, far = lines.front[:, side], lines.back[:, side]
    u = np.linspace(0, 1, 26)
    v = np.linspace(0, 1, len(near))[:, None]
    x = near[:, :1] * (1 - u) + far[:, :1] * u
    knots = np.stack([near[-1], lines.cowl[side], far[-1] if tall else lines.foot[side], far[-1]])
    if tall:
        knots[2:, 2] = lines.cowl[side, 2]
    knots = knots[np.argsort(knots[:, 0], kind="stable")]
    top_z = np.interp(x[-1], knots[:, 0], knots[:, 2])
    top_y = np.interp(x[-1], knots[:, 0], np.abs(knots[:, 1]))
    if tall:
        top_y[:] = lines.belt
        top_y[0], top_y[-1] = abs(near[-1, 1]), abs(lines.back[5, side, 1])
    fade = np.sin(np.pi * np.clip(u * 6, 0, 0.5)) * np.sin(np.pi * np.clip((1 - u) * 6, 0, 0.5))
    swell = np.interp(v, [0, 0.35, 0.75, 1.0], [0.0, 0.05, 0.045, 0.0]) * fade
    ends = np.abs(near[:, 1:2]) * (1 - u) + np.abs(far[:, 1:2]) * u
    y = ends * (1 - v) + top_y * v + swell
    z = shape.sill + v * (top_z - shape.sill)
    return np.stack([x, sign * y, z], 2), float(top_z[13])


def window_band(lines, flank_grid, side, tall):
    """One side's windows: from the flank's upper edge to the line of windscreen, roof and back window."""
    upper = np.stack([lines.cowl[side], lines.roof_front[side], lines.roof_back[side], lines.foot[side]])
    if tall:
        upper[3] = lines.back[-1, side]
    end = upper[2, 0] if tall else upper[3, 0]
    xs = np.unique(
        np.concatenate(
            [np.linspace(upper[0, 0], end, 22), upper[1:, 0]]
            if tall
            else [np.linspace(upper[0, 0], end, 22), upper[1:3, 0]]
        )
    )
    edge_line = flank_grid[-1]
    bottom = np.stack(
        [xs, np.interp(xs, edge_line[:, 0], edge_line[:, 1]), np.interp(xs, edge_line[:, 0], edge_line[:, 2])], 1
    )
    top = np.stack([xs] + [np.interp(xs, upper[:, 0], upper[:, k]) for k in (1, 2)], 1)
    r = np.linspace(0, 1, 4)[:, None, None]
    return bottom[None] * (1 - r) + top[None] * r


def mirror_at(builder, centre, material):
    """A door mirror: a small egg."""
    v, u = np.meshgrid(np.linspace(-np.pi / 2, np.pi / 2, 6), np.linspace(0, 2 * np.pi, 11), indexing="ij")
    egg = np.stack([0.07 * np.cos(v) * np.cos(u), 0.11 * np.cos(v) * np.sin(u), 0.075 * np.sin(v)], 2)
    builder.sheet(egg + np.array(centre), material, 1.0)
