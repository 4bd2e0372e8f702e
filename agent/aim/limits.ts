// What a plate must be like in the picture, and where each number comes from.

/** A stroke is 10 mm of the plate's 520 x 110: thinner than two pixels it blurs into what is beside it. */
const STROKE_OF_HEIGHT = 10 / 110;
/** At 104 pixels a stroke is two pixels wide. Narrower plates are read too, less often. */
export const LEAST_WIDTH_PX = 104;
/** Manufacturers of recognising cameras and programs ask for at most ten degrees. */
export const MOST_TILT_DEGREES = 10;
/** What a view of 30 degrees from the side and 30 from above makes of a right angle: asin(tan 30 tan 30) is 19. */
export const MOST_SKEW_DEGREES = 19;
/** Manufacturers ask for at most 30 degrees. */
export const MOST_OBLIQUE_DEGREES = 30;
/**
 * The rise that is measured on strokes blurred by 0.45 of their width (standard deviation), beyond which models/training/readable.py
 * counts a plate as one that people cannot read either. A lone edge would rise within 1.15 strokes; between strokes so blurred
 * there is no flat ground left, and the rise that is found is 0.84 (test/aim/plate.test.ts draws it).
 */
export const MOST_EDGE_OF_HEIGHT = 0.84 * STROKE_OF_HEIGHT;
/** Pixels: what a camera in focus has by itself (rendered traffic: 1.3 to 2.4); no smaller rise is held against the lens. */
export const EDGE_OF_CAMERA_PX = 2.4;
/** A smear as long as a stroke is wide fills the gaps between strokes. */
export const MOST_SMEAR_OF_HEIGHT = STROKE_OF_HEIGHT;
/** Grey levels; the same readable.py: below it the noise decides. */
export const LEAST_CONTRAST = 26;
/** Grey levels of the plate's white: darker, the camera's noise and its compression eat the strokes. */
export const LEAST_WHITE = 70;
/**
 * Luma over light: video's transfer function is nearly a power of 0.45 above its black of 16 (ITU-R BT.709). Cameras bend it in
 * their own ways: what is computed with it is "about".
 */
export const LUMA_OF_LIGHT = 0.45;
/** Nobody opens an iris by more than four stops at once. */
export const MOST_LIGHT = 16;
/** Grey levels: half of the scale. A plate without contrast is in the dark below; above, light that is not the plate's lies on it. */
export const MIDDLE_GREY = 128;
/** Of a plate three quarters are its ground: burnt out it takes the strokes' edges along. */
export const MOST_BURNT_SHARE = 0.3;
/** Strokes and rim are a quarter of a plate. */
export const MOST_BLACK_SHARE = 0.5;
