"""Measuring sets are what they say. Run: python3 -m unittest test_render_set (a few seconds, no torch needed)."""
import csv
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import cv2
import numpy as np

import plates
import readable
import render_set
from fonts import CAP_PX, FontPool
from scene_clutter import Lettering
from straighten import strip

HERE = Path(__file__).parent


class RenderedSets(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.fonts = FontPool("test")
        cls.letters = Lettering([font.path for font in cls.fonts.fonts], np.random.default_rng(0))

    def shot(self, kind: str, number: int) -> render_set.Shot:
        return render_set.shoot(np.random.default_rng([5, number]), self.fonts, self.letters, kind)

    def test_every_kind_has_plates_of_its_kind(self) -> None:
        for kind in ("belgian", "belgian-two-line", "personal", "europe", "americas", "any"):
            for number in range(4):
                shot = self.shot(kind, number)
                self.assertTrue(shot.text)
                self.assertEqual(shot.country == "B", kind not in ("europe", "americas", "any"))
                if kind == "belgian-two-line":
                    self.assertEqual(shot.lines, 2)
                height, width = shot.picture.shape
                self.assertTrue((shot.quad >= 0).all() and (shot.quad <= [width, height]).all(), "the plate is in the picture")
                wide = float(np.linalg.norm(shot.quad[1] - shot.quad[0]) + np.linalg.norm(shot.quad[2] - shot.quad[3])) / 2
                self.assertGreaterEqual(wide, render_set.LEAST_PX - 2)

    def test_the_plate_is_where_the_label_says(self) -> None:
        shot = self.shot("belgian", 3)
        seen = strip(shot.picture, shot.quad.astype(np.float32), shot.lines == 2)
        self.assertGreaterEqual(readable.weakest_contrast(seen), readable.LEAST_CONTRAST)

    def test_the_same_seed_gives_the_same_files_and_a_longer_set_begins_with_the_shorter(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for name, count in (("one", 2), ("two", 3)):
                subprocess.run([sys.executable, HERE / "render_set.py", "--kind", "belgian", "--seed", "9", "--count", str(count),
                                "--out", Path(folder) / name], check=True, cwd=HERE)
            one, two = (Path(folder) / name for name in ("one", "two"))
            rows = [list(csv.DictReader((each / "labels.csv").read_text().splitlines())) for each in (one, two)]
            self.assertEqual(rows[0], rows[1][:2])
            for row in rows[0]:
                self.assertEqual((one / "images" / row["file"]).read_bytes(), (two / "images" / row["file"]).read_bytes())


class Readability(unittest.TestCase):
    def test_what_no_person_could_read_is_left_out(self) -> None:
        quad = np.array([[20, 20], [220, 20], [220, 62], [20, 62]], np.float32)
        picture = np.full((100, 260), 90, np.uint8)
        stripes = picture.copy()
        stripes[20:62, 20:220:12] = 200
        stripes[20:62, 24:220:12] = 200
        for what, image, characters, stroke, noise, readable_or_not in (
            ("strokes in a good light", stripes, 7, 5.0, 2.0, True),
            ("no contrast", picture, 7, 5.0, 2.0, False),
            ("noise as strong as the strokes", stripes, 7, 5.0, 40.0, False),
            ("strokes thinner than a pixel", stripes, 7, 0.8, 2.0, False),
            ("too many characters for the width", stripes, 60, 5.0, 2.0, False),
        ):
            self.assertEqual(readable.is_readable(image, quad, 1, characters, stroke, noise), readable_or_not, what)

    def test_blur_and_pixels_together_stay_within_the_stroke(self) -> None:
        for stroke in (1.0, 2.0, 5.0):
            total = np.hypot(readable.room_for_blur(stroke), readable.PIXEL_BLUR_PX)
            self.assertLessEqual(total, max(readable.MOST_BLUR * stroke, readable.PIXEL_BLUR_PX) + 1e-9)

    def test_a_photograph_is_blurred_no_more_than_that(self) -> None:
        edge = np.zeros((60, 200), np.uint8)
        edge[:, 100:] = 200
        for seed in range(8):
            picture, _ = readable.photograph(np.random.default_rng(seed), edge, 4.0, False)
            row = picture.astype(np.float32).mean(axis=0)
            low, high = row[:60].mean(), row[140:].mean()
            rise = np.flatnonzero((row - low) > 0.9 * (high - low))[0] - np.flatnonzero((row - low) > 0.1 * (high - low))[0]
            self.assertLessEqual(rise, 2.56 * readable.MOST_BLUR * 4.0 + 2, "10 to 90 % of an edge is 2.56 deviations")

    def test_zero_and_o_are_told_apart_by_shape_or_not_at_all(self) -> None:
        font = FontPool("test").fonts[0]
        self.assertFalse(readable.differ(font.glyph("O"), cv2.resize(font.glyph("O"), None, fx=0.8, fy=1.0), 1.0))
        self.assertTrue(readable.differ(font.glyph("B"), font.glyph("I"), 20 / CAP_PX))
        self.assertFalse(readable.differ(font.glyph("B"), font.glyph("8"), 3 / CAP_PX), "three pixels high")

    def test_where_zero_is_drawn_as_o_only_a_pattern_can_tell(self) -> None:
        font = next(font for font in FontPool("test").fonts if readable.differ(font.glyph("0"), font.glyph("O"), 1.0))
        shared = font.sharing("0O")
        self.assertIs(shared.glyph("0"), font.glyph("O"))
        self.assertIsNot(font.glyph("0"), font.glyph("O"), "the font itself stays")
        rng = np.random.default_rng(3)
        for marks, country, told in (("1-ABC-230", "B", True), ("AB0CD", "unknown", False)):
            plate = plates.draw(rng, render_set.OneFont(shared), country, plates.with_headings(rng), marks)
            self.assertEqual(render_set.can_be_told(render_set.Artwork(plate, marks, shared), 40), told, marks)


if __name__ == "__main__":
    unittest.main()
