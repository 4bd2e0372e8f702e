"""Draws triangle meshes with a depth buffer and per-pixel light: the part of the renderer that must be fast.

Two passes over a window of the picture at SAMPLES x SAMPLES samples a pixel: which triangle is in front, then
light for what is seen only. Everything is linear light. Compiled by numba.
"""

from __future__ import annotations

import numpy as np
from numba import njit

SAMPLES = 2
CHANNELS = 6
"""Texture channels, uint8: red, green, blue (square-root coded), gloss, emission, retro-reflection."""

# Columns of a material's row.
M_RED, M_GREEN, M_BLUE, M_GLOSS, M_TEXTURE, M_EMIT, M_RETRO, M_INFRARED, M_SIZE = range(9)
# Columns of the light's row.
(
    L_SUN_X,
    L_SUN_Y,
    L_SUN_Z,
    L_SUN_R,
    L_SUN_G,
    L_SUN_B,
    L_SKY_R,
    L_SKY_G,
    L_SKY_B,
    L_GROUND_R,
    L_GROUND_G,
    L_GROUND_B,
    L_FLASH,
    L_RETRO,
    L_MIRROR,
) = range(15)


class TextureBank:
    """All textures of a mesh in one flat array, each with smaller copies for the distance."""

    def __init__(self):
        self.parts, self.rows, self.length = [], [], 0

    def add(self, texture: np.ndarray) -> int:
        """uint8 [H, W, CHANNELS]; returns the number that a material names. Four levels, each half the size."""
        first = len(self.rows)
        level = texture
        for _ in range(4):
            h, w = level.shape[:2]
            self.rows.append((self.length, w, h))
            self.parts.append(np.ascontiguousarray(level).ravel())
            self.length += level.size
            if h >= 4 and w >= 4:
                even = level[: h // 2 * 2, : w // 2 * 2].astype(np.uint16)
                level = ((even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2] + 2) // 4).astype(
                    np.uint8
                )
        return first

    def arrays(self):
        if not self.parts:
            return np.zeros(CHANNELS, np.uint8), np.zeros((1, 3), np.int64)
        return np.concatenate(self.parts), np.array(self.rows, np.int64)


@njit(cache=True, fastmath=True)
def find_front(sx, sy, iz, depth, front):
    """Fills depth (1/z, larger is nearer) and front (triangle's number, -1 none) [h, w] from triangles [T, 3]."""
    h, w = front.shape
    for t in range(sx.shape[0]):
        if iz[t, 0] <= 0 or iz[t, 1] <= 0 or iz[t, 2] <= 0:
            continue
        x0, x1, x2 = sx[t, 0], sx[t, 1], sx[t, 2]
        y0, y1, y2 = sy[t, 0], sy[t, 1], sy[t, 2]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if abs(area) < 1e-9:
            continue
        left, right = max(0, int(min(x0, x1, x2) - 0.5)), min(w - 1, int(max(x0, x1, x2) + 0.5))
        top, bottom = max(0, int(min(y0, y1, y2) - 0.5)), min(h - 1, int(max(y0, y1, y2) + 0.5))
        inverse = 1.0 / area
        for y in range(top, bottom + 1):
            py = y + 0.5
            for x in range(left, right + 1):
                px = x + 0.5
                a = ((x1 - px) * (y2 - py) - (x2 - px) * (y1 - py)) * inverse
                b = ((x2 - px) * (y0 - py) - (x0 - px) * (y2 - py)) * inverse
                c = 1.0 - a - b
                if a < -1e-6 or b < -1e-6 or c < -1e-6:
                    continue
                z = a * iz[t, 0] + b * iz[t, 1] + c * iz[t, 2]
                if z > depth[y, x]:
                    depth[y, x] = z
                    front[y, x] = t


@njit(cache=True, fastmath=True)
def sample(bank, row, u, v, out):
    """Bilinear look-up of one level at u, v in 0..1; 0..1 for each channel; clamped at the edges."""
    offset, w, h = row[0], row[1], row[2]
    x, y = u * w - 0.5, v * h - 0.5
    x, y = min(max(x, 0.0), w - 1.001), min(max(y, 0.0), h - 1.001)
    x0, y0 = int(x), int(y)
    fx, fy = x - x0, y - y0
    p = offset + (y0 * w + x0) * 6
    q = p + w * 6
    for c in range(6):
        upper = bank[p + c] * (1 - fx) + bank[p + 6 + c] * fx
        lower = bank[q + c] * (1 - fx) + bank[q + 6 + c] * fx
        out[c] = (upper * (1 - fy) + lower * fy) / 255.0


@njit(cache=True, fastmath=True)
def shade(
    sx,
    sy,
    iz,
    uv,
    normals,
    shadow,
    material_of,
    level_of,
    materials,
    bank,
    rows,
    light,
    env,
    rays,
    eye,
    origin,
    step,
    front,
    infrared,
    out,
):
    """Light of the front triangles, averaged into out [h, w, 4] (linear red, green, blue, coverage; premultiplied).

    origin, step: picture position of the window's corner and the pixels between samples. uv [T, 3, 2],
    normals [T, 3, 3], shadow [T, 3] (1: open to the sky). env: [eh, ew, 3] what lies around, by azimuth and height.
    """
    fine_h, fine_w = front.shape
    share = step * step
    texel = np.zeros(6)
    eh, ew = env.shape[0], env.shape[1]
    for y in range(fine_h):
        for x in range(fine_w):
            t = front[y, x]
            if t < 0:
                continue
            px, py = x + 0.5, y + 0.5
            x0, x1, x2 = sx[t, 0], sx[t, 1], sx[t, 2]
            y0, y1, y2 = sy[t, 0], sy[t, 1], sy[t, 2]
            inverse = 1.0 / ((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0))
            a = ((x1 - px) * (y2 - py) - (x2 - px) * (y1 - py)) * inverse * iz[t, 0]
            b = ((x2 - px) * (y0 - py) - (x0 - px) * (y2 - py)) * inverse * iz[t, 1]
            c = ((x0 - px) * (y1 - py) - (x1 - px) * (y0 - py)) * inverse * iz[t, 2]
            total = a + b + c
            distance = 1.0 / total
            a, b, c = a * distance, b * distance, c * distance
            # The view, from the surface to the camera.
            gx, gy = origin[0] + px * step, origin[1] + py * step
            vx = -(rays[0, 0] * gx + rays[0, 1] * gy + rays[0, 2])
            vy = -(rays[1, 0] * gx + rays[1, 1] * gy + rays[1, 2])
            vz = -(rays[2, 0] * gx + rays[2, 1] * gy + rays[2, 2])
            length = (vx * vx + vy * vy + vz * vz) ** 0.5
            vx, vy, vz = vx / length, vy / length, vz / length
            nx = a * normals[t, 0, 0] + b * normals[t, 1, 0] + c * normals[t, 2, 0]
            ny = a * normals[t, 0, 1] + b * normals[t, 1, 1] + c * normals[t, 2, 1]
            nz = a * normals[t, 0, 2] + b * normals[t, 1, 2] + c * normals[t, 2, 2]
            length = (nx * nx + ny * ny + nz * nz) ** 0.5 + 1e-9
            nx, ny, nz = nx / length, ny / length, nz / length
            facing = nx * vx + ny * vy + nz * vz
            if facing < 0:
                nx, ny, nz, facing = -nx, -ny, -nz, -facing
            open_sky = a * shadow[t, 0] + b * shadow[t, 1] + c * shadow[t, 2]

            m = material_of[t]
            gloss, emit, retro = materials[m, M_GLOSS], 0.0, materials[m, M_RETRO]
            red, green, blue = materials[m, M_RED], materials[m, M_GREEN], materials[m, M_BLUE]
            if materials[m, M_TEXTURE] >= 0:
                u = a * uv[t, 0, 0] + b * uv[t, 1, 0] + c * uv[t, 2, 0]
                v = a * uv[t, 0, 1] + b * uv[t, 1, 1] + c * uv[t, 2, 1]
                sample(bank, rows[int(materials[m, M_TEXTURE]) + level_of[t]], u, v, texel)
                red, green, blue = texel[0] * texel[0], texel[1] * texel[1], texel[2] * texel[2]
                gloss, emit, retro = texel[3], texel[4] * materials[m, M_EMIT], texel[5] * materials[m, M_RETRO]

            sun = nx * light[L_SUN_X] + ny * light[L_SUN_Y] + nz * light[L_SUN_Z]
            sun = max(sun, 0.0) * min(1.0, open_sky * 1.6)
            fresnel, glint = 0.0, 0.0
            mirror_red, mirror_green, mirror_blue = 0.0, 0.0, 0.0
            if gloss > 0.02:
                # What the surface mirrors: Schlick's approximation, 4 % straight on.
                rx, ry, rz = 2 * facing * nx - vx, 2 * facing * ny - vy, 2 * facing * nz - vz
                miss = 1 - facing
                square = miss * miss
                fresnel = gloss * (0.045 + 0.955 * square * square * miss) * light[L_MIRROR] * (0.4 + 0.6 * open_sky)
                # Round the square of directions instead of the circle: no arc tangent, and the map is blurred anyway.
                quarter = rx / (abs(rx) + abs(ry) + 1e-9)
                eu = (0.5 + 0.25 * quarter if ry > 0 else 1.0 - 0.25 * quarter if rx > 0 else -0.25 * quarter) * (
                    ew - 1
                )
                ev = (0.5 - 0.5 * rz) * (eh - 1)
                ex, ey = int(eu), int(ev)
                fx, fy = eu - ex, ev - ey
                ex1, ey1 = min(ex + 1, ew - 1), min(ey + 1, eh - 1)
                k0, k1, k2, k3 = (1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy
                mirror_red = env[ey, ex, 0] * k0 + env[ey, ex1, 0] * k1 + env[ey1, ex, 0] * k2 + env[ey1, ex1, 0] * k3
                mirror_green = env[ey, ex, 1] * k0 + env[ey, ex1, 1] * k1 + env[ey1, ex, 1] * k2 + env[ey1, ex1, 1] * k3
                mirror_blue = env[ey, ex, 2] * k0 + env[ey, ex1, 2] * k1 + env[ey1, ex, 2] * k2 + env[ey1, ex1, 2] * k3
                glint = rx * light[L_SUN_X] + ry * light[L_SUN_Y] + rz * light[L_SUN_Z]
                if glint > 0.95:
                    for _ in range(7):
                        glint *= glint  # to the power of 128
                    glint *= 6.0 * gloss * open_sky
                else:
                    glint = 0.0
            up = 0.5 + 0.5 * nz
            near = 15.0 / distance
            flash = light[L_FLASH] * near * near
            returned = flash * light[L_RETRO] * retro
            around, below = up * (0.25 + 0.75 * open_sky), 1 - up
            if infrared:
                grey = materials[m, M_INFRARED] if materials[m, M_INFRARED] >= 0 else (red + green + blue) / 3
                value = (
                    grey * (light[L_SUN_R] * sun + light[L_SKY_R] * around + light[L_GROUND_R] * below + flash * facing)
                    + fresnel * mirror_red
                    + light[L_SUN_R] * glint
                    + emit * (red + green + blue) / 3
                    + returned
                )
                red_out, green_out, blue_out = value, value, value
            else:
                red_out = (
                    red
                    * (
                        light[L_SUN_R] * sun
                        + light[L_SKY_R] * around
                        + light[L_GROUND_R] * below
                        + flash * facing
                        + emit
                    )
                    + fresnel * mirror_red
                    + light[L_SUN_R] * glint
                    + returned
                )
                green_out = (
                    green
                    * (
                        light[L_SUN_G] * sun
                        + light[L_SKY_G] * around
                        + light[L_GROUND_G] * below
                        + flash * facing
                        + emit
                    )
                    + fresnel * mirror_green
                    + light[L_SUN_G] * glint
                    + returned
                )
                blue_out = (
                    blue
                    * (
                        light[L_SUN_B] * sun
                        + light[L_SKY_B] * around
                        + light[L_GROUND_B] * below
                        + flash * facing
                        + emit
                    )
                    + fresnel * mirror_blue
                    + light[L_SUN_B] * glint
                    + returned
                )
            j, i = y // SAMPLES, x // SAMPLES
            out[j, i, 0] += red_out * share
            out[j, i, 1] += green_out * share
            out[j, i, 2] += blue_out * share
            out[j, i, 3] += share
