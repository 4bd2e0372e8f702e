"""Plates and strips keep what they promise. Run: python3 -m unittest test_plates (no torch needed)."""
import unittest

import numpy as np

import camera
import plates
import samples
import straighten
from fonts import ALPHABET, FontPool
from formats import COUNTRIES, COUNTRY_CODES
from scene_clutter import Lettering


class Plates(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.fonts = FontPool("train")

    def test_every_country_draws_one_and_two_lines(self) -> None:
        rng = np.random.default_rng(1)
        for code in COUNTRIES:
            for lines in (None, 1, 2):
                plate = plates.random_plate(rng, self.fonts, code, lines)
                self.assertEqual(plate.country, code)
                self.assertTrue(plate.text and set(plate.text) <= set(ALPHABET))
                self.assertEqual(plate.rgb.shape[:2], plate.retro.shape)
                self.assertEqual(plate.rgb.dtype, np.uint8)
                self.assertTrue(0 <= plate.retro.min() and plate.retro.max() <= 1)
                if lines == 1:
                    self.assertEqual(plate.lines, 1)

    def test_a_given_text_is_kept(self) -> None:
        rng = np.random.default_rng(2)
        for code, text in (("B", "1ABC123"), ("NL", "12ABC3"), ("D", "MKK1234"), ("GB", "AB12CDE"), ("F", "AB123CD"), ("L", "XY")):
            self.assertEqual(plates.render_plate(rng, self.fonts, code, text).text, text)

    def test_the_same_seed_draws_the_same_plate(self) -> None:
        one, two = (plates.random_plate(np.random.default_rng(3), self.fonts) for _ in range(2))
        self.assertTrue(np.array_equal(one.rgb, two.rgb) and one.text == two.text)

    def test_infra_red_shines_behind_dark_characters(self) -> None:
        plate = plates.render_plate(np.random.default_rng(4), self.fonts, "D", "MKK1234")
        self.assertGreater(np.quantile(plate.retro, 0.9) - np.quantile(plate.retro, 0.03), 0.3)

    def test_held_out_fonts_are_not_in_training(self) -> None:
        self.assertFalse({f.family for f in self.fonts.fonts} & {f.family for f in FontPool("test").fonts})


class Straightening(unittest.TestCase):
    def test_corners_land_where_the_margin_says(self) -> None:
        grey = np.zeros((60, 240), np.uint8)
        grey[20:40, 40:140] = 200
        out = straighten.strip(grey, straighten.box_quad(40, 20, 100, 20))
        self.assertEqual(out.shape, (48, 192))
        inside = np.flatnonzero(out[24] > 100)
        self.assertAlmostEqual(inside[0], 192 * 0.08 / 1.16, delta=1.5)
        self.assertAlmostEqual(inside[-1] + 1, 192 * 1.08 / 1.16, delta=1.5)

    def test_two_lines_are_put_side_by_side(self) -> None:
        grey = np.zeros((100, 100), np.uint8)
        grey[20:50, 20:80] = 250
        out = straighten.strip(grey, straighten.box_quad(20, 20, 60, 60))
        self.assertGreater(out[30, 48], 200)
        self.assertLess(out[30, 144], 50)

    def test_the_true_corners_undo_the_camera(self) -> None:
        rng = np.random.default_rng(5)
        art = np.zeros((200, 600, 3), np.uint8)
        art[50:150, 100:500] = 255
        corners = straighten.box_quad(100, 50, 400, 100)
        for _ in range(10):
            matrix, quad, _ = camera.projection(rng, corners, 150)
            self.assertTrue(np.allclose(camera._through(matrix, corners), quad, atol=0.01))

    def test_every_sample_fits_the_reader(self) -> None:
        rng, fonts = np.random.default_rng(6), FontPool("train")
        letters = Lettering([font.path for font in fonts.fonts], rng, 20)
        for _ in range(40):
            sample = samples.mixed(rng, fonts, letters, None)
            self.assertEqual(sample.strip.shape, (48, 192))
            self.assertTrue(sample.country == "" or sample.country in COUNTRY_CODES)

    def test_lettering_without_a_plate_says_nothing(self) -> None:
        rng, fonts = np.random.default_rng(7), FontPool("train")
        letters = Lettering([font.path for font in fonts.fonts], rng, 20)
        made = [samples.words(rng, letters, []) for _ in range(20)]
        self.assertEqual({sample.text for sample in made}, {""})
        self.assertGreater(np.mean([sample.strip.std() > 15 for sample in made]), 0.5)


if __name__ == "__main__":
    unittest.main()
