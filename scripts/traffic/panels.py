"""The drawn sheets that are neither front nor back: sides, windows, bonnets, wheels, vans' lettering."""

from __future__ import annotations

import numpy as np

from traffic.artwork import FIRMS, PHONES, Art

GLASS = (16, 18, 20)


def side(rng, width, height, paint, arches, cladding):
    """One side below the windows, nose to the left. arches: (x, radius) of the wheels in metres."""
    art = Art(width, height, 260, paint)
    seam = tuple(int(c * 0.3) for c in paint)
    art.shade(0.86, 1.0)
    art.rectangle(0, 0, width, 0.09 if not cladding else 0.2, (34, 34, 36), gloss=40)
    for x, radius in arches:
        if cladding:
            art.disc(x, 0.1, radius * 1.22, (34, 34, 36), gloss=40)
        art.disc(x, 0.1, radius * 1.08, (8, 8, 8), gloss=0)
    front, rear = arches[0][0], arches[1][0]
    doors = [front + 0.45, (front + rear) / 2 + 0.08, rear - 0.32]
    for x in doors:
        art.line([(x, 0.14), (x - 0.02, height)], 0.008, seam, gloss=50)
    for x in doors[1:]:
        art.rectangle(x - 0.24, height * 0.80, x - 0.06, height * 0.80 + 0.03, tuple(int(c * 0.8) for c in paint))
        art.line([(x - 0.24, height * 0.80), (x - 0.06, height * 0.80)], 0.01, seam)
    art.line([(0.1, height * 0.72), (width - 0.1, height * 0.76)], 0.012, tuple(int(c * 0.82) for c in paint))
    art.rectangle(front + 0.5, height * 0.5, front + 0.56, height * 0.53, (214, 130, 40))
    art.dirt(rng, rng.uniform(0.1, 0.5))
    return art


def livery(rng, fonts, art, rows):
    """A firm's name and telephone number on a side, as any van has: text that is no plate. rows: heights."""
    ink = (
        (240, 240, 240)
        if art.rgb.mean() < 110
        else tuple(int(c) for c in rng.choice([(20, 60, 150), (170, 20, 30), (20, 110, 60), (30, 30, 34)]))
    )
    firm, phone = str(rng.choice(FIRMS)), str(rng.choice(PHONES))
    art.text(firm, art.width * 0.55, rows[0], 0.17, fonts[0], ink, "mm")
    art.text(phone, art.width * 0.55, rows[1], 0.12, fonts[1], ink, "mm")
    return art


def windows(rng, width, height, paint, glass_to, posts):
    """The band of side windows, nose to the left: glass up to glass_to (0..1), posts at these parts of it."""
    art = Art(width, height, 200, paint)
    art.rectangle(0.05 * width, 0.0, glass_to * width, height * 0.93, GLASS)
    art.rectangle(0.05 * width, 0.0, glass_to * width, height * 0.04, (40, 41, 43))
    for post in posts:
        art.rectangle(post * width - 0.04, 0, post * width + 0.04, height * 0.93, (22, 22, 24), gloss=60)
    for x in (0.36, 0.58):  # head rests
        if x < glass_to:
            art.rectangle(x * width - 0.1, 0, x * width + 0.1, height * 0.45, (30, 30, 33))
    return art


def windscreen(rng, width, height, driver):
    """The front window: what shows of the inside is dark; the sky's mirror image comes from the shading."""
    art = Art(width, height, 260, (15, 16, 18))
    w, h = width, height
    art.polygon([(0, 0), (w, 0), (w, h * 0.20), (w * 0.5, h * 0.24), (0, h * 0.20)], (30, 30, 33), gloss=230)
    for x in (0.27, 0.73):
        art.polygon(
            [
                ((x - 0.10) * w, h * 0.15),
                ((x + 0.10) * w, h * 0.15),
                ((x + 0.08) * w, h * 0.62),
                ((x - 0.08) * w, h * 0.62),
            ],
            (26, 26, 29),
            gloss=230,
        )
        art.disc(x * w, h * 0.68, 0.09, (29, 29, 32), gloss=230)
    art.disc(0.5 * w, h * 0.88, 0.10, (10, 10, 11), squash=0.3)
    if driver:
        # Seen from in front, the driver sits on the right of the picture.
        cloth = tuple(int(c) for c in rng.integers(25, 70) + rng.integers(-12, 13, 3))
        art.polygon(
            [(0.60 * w, h * 0.16), (0.86 * w, h * 0.16), (0.81 * w, h * 0.52), (0.65 * w, h * 0.52)], cloth, gloss=225
        )
        art.disc(0.73 * w, h * 0.64, 0.085, (112, 88, 74), gloss=225, squash=1.25)
        art.disc(0.73 * w, h * 0.71, 0.085, (44, 34, 28), gloss=225, squash=0.7)
        angle = np.linspace(0, np.pi, 20)
        art.line(np.stack([0.73 * w + 0.17 * np.cos(angle), h * 0.18 + 0.12 * np.sin(angle)], 1), 0.025, (14, 14, 15))
    art.line([(0.08 * w, 0.04), (0.46 * w, 0.085)], 0.014, (8, 8, 8), gloss=30)
    art.line([(0.50 * w, 0.04), (0.90 * w, 0.085)], 0.014, (8, 8, 8), gloss=30)
    art.rectangle(0, 0, w, 0.03, (10, 10, 10), gloss=30)
    for edge in (0, w - 0.035):
        art.rectangle(edge, 0, edge + 0.035, h, (18, 18, 20), gloss=60)
    if rng.random() < 0.6:  # a vignette or two
        art.rectangle(
            w * 0.10,
            h * 0.84,
            w * 0.10 + 0.07,
            h * 0.84 + 0.07,
            tuple(int(c) for c in rng.choice([(40, 120, 60), (200, 60, 40), (220, 220, 210)])),
        )
    return art


def back_window(rng, width, height):
    art = Art(width, height, 220, GLASS)
    for y in np.linspace(0.2, 0.85, 8):
        art.line([(0.06, y * height), (width - 0.06, y * height)], 0.003, (46, 40, 34))
    art.line([(width * 0.5, 0.02), (width * 0.78, 0.09)], 0.014, (8, 8, 8), gloss=30)
    for x in (0.28, 0.72):
        art.disc(x * width, height * 0.15, 0.1, (26, 26, 28), squash=1.2)
    for edge in (0, width - 0.04):
        art.rectangle(edge, 0, edge + 0.04, height, (18, 18, 20), gloss=60)
    if rng.random() < 0.4:
        art.rectangle(width * 0.52, height - 0.06, width * 0.72, height - 0.04, (150, 14, 18), emit=120)
    return art


def bonnet(rng, width, height, paint):
    art = Art(width, height, 160, paint)
    seam, soft = tuple(int(c * 0.35) for c in paint), tuple(int(c * 0.88) for c in paint)
    for x in (0.04, 0.96):
        art.line([(x * width, 0), (x * width, height)], 0.012, seam, gloss=60)
    inset = rng.uniform(0.2, 0.32)
    for x, to in ((inset, inset - 0.08), (1 - inset, 1 - inset + 0.08)):
        art.line([(x * width, 0), (to * width, height)], 0.02, soft)
    return art


def wheel(rng, radius):
    """The face of a wheel: tyre, rim, spokes."""
    art = Art(radius * 2, radius * 2, 260, (20, 20, 21), gloss=20)
    r, metal = radius, tuple([int(rng.integers(110, 200))] * 3)
    art.disc(r, r, r * 0.72, (34, 34, 36), gloss=60)
    spokes, start = int(rng.integers(5, 9)), rng.random()
    for k in range(spokes):
        a = 2 * np.pi * (k + start) / spokes
        dx, dy = np.cos(a), np.sin(a)
        art.polygon(
            [
                (r - dy * 0.025, r + dx * 0.025),
                (r + dy * 0.025, r - dx * 0.025),
                (r + dx * r * 0.70 + dy * 0.035, r + dy * r * 0.70 - dx * 0.035),
                (r + dx * r * 0.70 - dy * 0.035, r + dy * r * 0.70 + dx * 0.035),
            ],
            metal,
            gloss=130,
        )
    angle = np.linspace(0, 2 * np.pi, 50)
    art.line(np.stack([r + r * 0.69 * np.cos(angle), r + r * 0.69 * np.sin(angle)], 1), 0.025, metal)
    art.disc(r, r, r * 0.16, metal, gloss=130)
    return art


def plate_holder(rng, fonts, width, height, words):
    """The black frame round a plate, with a dealer's name on its lower edge."""
    art = Art(width, height, 900, (22, 22, 23), gloss=60)
    if words:
        art.text(words, width / 2, 0.011, 0.011, fonts[1], (210, 210, 205), "mm")
    return art
