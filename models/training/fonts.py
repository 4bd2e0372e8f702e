"""The fonts that plates are drawn with, as ready glyph masks.

Loads open fonts from `fonts/node_modules` (see README.md) and, when the photographs' folder is given,
FE-Schrift and D-DIN from `<data>/fonts`. A font becomes a `Font`: one grey mask per character, all with the
same cap height, so that drawing a plate is copying small arrays and no text shaping is needed.
Some families are held out (`split="test"`): evaluation draws with shapes that training has never seen.
"""
from __future__ import annotations

from copy import copy
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CAP_PX = 80
"""Height of a capital H in a glyph mask, pixels."""
PAD_TOP, PAD_BOTTOM = 6, 16
"""Room above the cap line and below the base line (Q, J, overshoot), pixels."""

# Families drawn more often, because their shapes are near to plates in use.
PLATE_LIKE = frozenset("""barlow barlow-semi-condensed barlow-condensed saira-semi-condensed saira-condensed overpass
overpass-mono rajdhani oxanium sofia-sans-semi-condensed sofia-sans-condensed share-tech share-tech-mono b612 b612-mono
chakra-petch quantico roboto-condensed archivo-narrow dosis titillium-web ibm-plex-sans-condensed pt-sans-narrow
encode-sans-condensed blinker bai-jamjuree jockey-one fira-sans-condensed teko rubik oswald""".split())

# Held out from training.
TEST_FAMILIES = frozenset("""barlow-semi-condensed share-tech chakra-petch cabin-condensed fira-sans-extra-condensed asap
khand ubuntu-mono hind telex tomorrow sofia-sans-condensed pt-sans jura""".split())

# Drawable, but unlike any plate, or with letters that cannot be told apart.
LEFT_OUT = frozenset("""rationale""".split())

WEIGHTS = ("400", "500", "600", "700")

# Shares of the fonts picked in which a zero is an O, and a 1 an I without anything more, as on Czech and on British plates.
ONE_SHAPE_0O, ONE_SHAPE_1I = 0.25, 0.16


class Font:
    """One font file as glyph masks.

    `glyph(c)` is uint8 [CAP_PX + PAD_TOP + PAD_BOTTOM, w], 255 inside the stroke, cut tight at both sides.
    """

    def __init__(self, path: Path, family: str):
        self.path = path
        self.family = family
        self._glyphs: dict[str, np.ndarray] = {}
        size = 100
        bbox = ImageFont.truetype(str(path), size).getbbox("H", anchor="ls")
        cap = -bbox[1]
        if cap < 20:
            raise ValueError(f"{path.name}: no capital H")
        self._pil = ImageFont.truetype(str(path), max(8, round(size * CAP_PX / cap)))
        self.median_width = float(np.median([self.glyph(c).shape[1] for c in "ABEHKN0358"]))

    @lru_cache(maxsize=None)
    def sharing(self, *pairs: str) -> "Font":
        """The same font, in which the first of each pair has the shape of the second, as `0O` on many countries' plates."""
        other = copy(self)
        other._glyphs = {**self._glyphs, **{first: self.glyph(second) for first, second in pairs}}
        return other

    def glyph(self, char: str) -> np.ndarray:
        """The mask of one of ALPHABET's characters."""
        found = self._glyphs.get(char)
        if found is None:
            found = self._glyphs[char] = self._draw(char)
        return found

    def _draw(self, char: str) -> np.ndarray:
        left, top, right, bottom = self._pil.getbbox(char, anchor="ls")
        width = max(4, right - left)
        image = Image.new("L", (width + 8, CAP_PX + PAD_TOP + PAD_BOTTOM), 0)
        ImageDraw.Draw(image).text((4 - left, PAD_TOP + CAP_PX), char, fill=255, font=self._pil, anchor="ls")
        mask = np.asarray(image)
        columns = np.flatnonzero(mask.max(axis=0) > 40)
        if len(columns) == 0:
            raise ValueError(f"{self.path.name}: draws nothing for {char!r}")
        return np.ascontiguousarray(mask[:, columns[0]:columns[-1] + 1])


class FontPool:
    """The fonts of one split, to pick from.

    split: 'train', 'test' (held-out families only) or 'all'.
    data: folder of the photographs and fonts (its `fonts/` is searched for .ttf), or None.
    """

    def __init__(self, split: str = "train", data: str | Path | None = None):
        if split not in ("train", "test", "all"):
            raise ValueError(f"split must be train, test or all, not {split!r}")
        self.split = split
        self.fonts: list[Font] = []
        weights: list[float] = []
        for path, family in _font_files(str(data) if data else None):
            held_out = family in TEST_FAMILIES
            if split != "all" and held_out != (split == "test"):
                continue
            self.fonts.append(_font(path, family))
            weights.append(2.5 if family in PLATE_LIKE else 1.0)
        if not self.fonts:
            raise FileNotFoundError(
                f"no fonts in {Path(__file__).parent / 'fonts' / 'node_modules'}: run `npm ci` in models/training/fonts")
        # A family with four weights must not count four times.
        families = [f.family for f in self.fonts]
        share = np.array([w / families.count(f) for w, f in zip(weights, families)])
        self._cumulative = np.cumsum(share / share.sum())
        self._fe = [f for f in self.fonts if f.family == "fe-schrift"]
        self._din = [f for f in self.fonts if f.family == "d-din"]

    def pick(self, rng: np.random.Generator, country: str | None = None) -> Font:
        """A font, German plates mostly in FE-Schrift, others now and then, all by weight otherwise."""
        dice = rng.random()
        if self._fe and dice < (0.75 if country == "D" else 0.05):
            return self._fe[int(rng.integers(len(self._fe)))]
        if self._din and dice > 0.94:
            return self._din[int(rng.integers(len(self._din)))]
        font = self.fonts[min(int(np.searchsorted(self._cumulative, rng.random())), len(self.fonts) - 1)]
        # What nobody can tell must be said at even odds: a country's grammar decides it later.
        shared = ("0O",) * bool(rng.random() < ONE_SHAPE_0O) + ("1I",) * bool(rng.random() < ONE_SHAPE_1I)
        if "1I" in shared and font.glyph("I").shape[1] > 0.5 * font.median_width:
            shared = shared[:-1]  # an I with serifs is no 1
        return font.sharing(*shared) if shared else font


@lru_cache(maxsize=None)
def _font(path: Path, family: str) -> Font:
    return Font(path, family)


@lru_cache(maxsize=None)
def _font_files(data: str | None) -> tuple[tuple[Path, str], ...]:
    files: list[tuple[Path, str]] = []
    root = Path(__file__).parent / "fonts" / "node_modules" / "@fontsource"
    for folder in sorted(root.glob("*")) if root.is_dir() else []:
        if folder.name in LEFT_OUT:
            continue
        for weight in WEIGHTS:
            path = folder / "files" / f"{folder.name}-latin-{weight}-normal.woff"
            if path.is_file():
                files.append((path, folder.name))
    if data:
        for path in sorted((Path(data) / "fonts").glob("*/*.ttf")):
            files.append((path, "fe-schrift" if "ummernschild" in path.name else "d-din"))
    return tuple(files)
