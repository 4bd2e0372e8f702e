"""The vehicles' measures and colours: tables, nothing else."""

from __future__ import annotations

from dataclasses import dataclass

PAINTS = {  # red, green, blue; how often; infra-red return (paint that looks dark may shine there, and the reverse)
    "black": ((24, 25, 27), 20, 0.10),
    "grey": ((96, 99, 103), 20, 0.22),
    "silver": ((168, 171, 174), 13, 0.35),
    "white": ((226, 227, 224), 20, 0.60),
    "blue": ((28, 52, 112), 10, 0.20),
    "red": ((140, 16, 20), 7, 0.40),
    "green": ((34, 66, 48), 3, 0.18),
    "beige": ((170, 158, 136), 3, 0.40),
    "orange": ((196, 92, 20), 2, 0.45),
    "light blue": ((110, 150, 178), 2, 0.35),
}


@dataclass(frozen=True)
class Shape:
    """Length, half width; (x, z) of the points along the middle: nose's top edge, foot of the windscreen, roof's ends,
    foot of the back window, tail's top edge; roof's half width; how far the corners are rounded off."""

    length: float
    half: float
    sill: float
    nose: float
    cowl: tuple[float, float]
    roof: tuple[float, float, float, float]
    foot: tuple[float, float]
    tail: tuple[float, float]
    roof_half: float
    corner: float
    wheel: float
    axles: tuple[float, float]
    glass_to: float = 0.93
    plate_back: float = 0.82


# fmt: off
SHAPES = {
    #                  length half  sill  nose  cowl          roof front, back          window foot   tail          roof  corner wheel axles
    "hatchback": Shape(4.05, 0.88, 0.19, 0.74, (0.98, 0.97), (1.85, 1.44, 3.30, 1.42), (3.86, 1.00), (3.92, 0.98), 0.60, 0.30, 0.31, (0.80, 3.35)),
    "saloon":    Shape(4.65, 0.91, 0.18, 0.73, (1.25, 0.95), (2.10, 1.42, 3.25, 1.41), (3.95, 1.06), (4.52, 1.03), 0.60, 0.32, 0.32, (0.92, 3.72), 0.90, 0.80),
    "estate":    Shape(4.60, 0.90, 0.18, 0.74, (1.20, 0.96), (2.02, 1.45, 4.05, 1.44), (4.46, 1.02), (4.50, 1.00), 0.62, 0.30, 0.32, (0.90, 3.65)),
    "suv":       Shape(4.40, 0.93, 0.26, 0.92, (1.10, 1.12), (1.92, 1.66, 3.75, 1.63), (4.20, 1.17), (4.27, 1.15), 0.66, 0.26, 0.36, (0.88, 3.55), 0.93, 0.92),
    "mpv":       Shape(4.45, 0.91, 0.20, 0.80, (0.85, 1.05), (1.85, 1.63, 3.95, 1.60), (4.32, 1.08), (4.36, 1.06), 0.64, 0.28, 0.32, (0.82, 3.55)),
    "van":       Shape(5.40, 0.98, 0.24, 1.00, (0.78, 1.25), (1.50, 2.22, 5.25, 2.26), (5.32, 2.12), (5.34, 2.10), 0.84, 0.22, 0.34, (0.95, 4.30), 0.30, 0.62),
    "lorry":     Shape(2.20, 1.20, 0.30, 1.12, (0.22, 1.36), (0.55, 2.65, 2.00, 2.75), (2.15, 1.40), (2.18, 1.36), 1.10, 0.16, 0.45, (1.05, 1.95), 0.75, 0.80),
}
# fmt: on
KINDS = ["hatchback", "saloon", "estate", "suv", "mpv", "van", "lorry"]
WEIGHTS = [0.27, 0.15, 0.16, 0.20, 0.08, 0.10, 0.04]

# What a material's emission stands for until the light is known.
EMIT_HEAD, EMIT_TAIL, EMIT_PLATE = 1.0, 2.0, 3.0
