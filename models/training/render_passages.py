"""Render passages to measure and calibrate the whole of reading with: tracker, pooled evidence, grammars, confidence.

    python3 render_passages.py --half report --seed 20261 --count 3000 --out runs/passages/report

writes report.grey (the cuts of all frames, 8 bit, one after the other) and report.csv (one row a frame). The same seed
and count give the same file, whatever --jobs says. `fit` and `report` use different fonts, none of which the
reader was trained with (passages.HalfPool).
"""
from __future__ import annotations

import argparse
import csv
import multiprocessing as mp
import time
from pathlib import Path

import cv2
import numpy as np

from passages import HalfPool, Passage, passage

COLUMNS = ("passage", "kind", "text", "country", "lines", "frameWidth", "frameHeight", "atMs", "left", "top", "width", "height",
           "offset", "plateWidthPx", "cut", "x0", "y0", "x1", "y1", "x2", "y2", "x3", "y3")

_fonts: HalfPool


def _start(half: str) -> None:
    global _fonts
    cv2.setNumThreads(1)
    _fonts = HalfPool(half)


def _one(task: tuple[int, int]) -> Passage:
    return passage(np.random.default_rng(task), _fonts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--half", choices=["fit", "report"], required=True, help="whose fonts")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--count", type=int, default=3000, help="passages")
    parser.add_argument("--out", type=Path, required=True, help="path without its ending")
    parser.add_argument("--jobs", type=int, default=1, help="processes that render")
    args = parser.parse_args()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    tasks = [(args.seed, index) for index in range(args.count)]
    started, offset = time.time(), 0
    part = args.out.with_suffix(".csv.part")
    with mp.get_context("spawn").Pool(args.jobs, _start, (args.half,)) as pool, \
            open(args.out.with_suffix(".grey"), "wb") as pictures, open(part, "w", newline="", encoding="utf-8") as table:
        rows = csv.writer(table, lineterminator="\n")
        rows.writerow(COLUMNS)
        for number, one in enumerate(pool.imap(_one, tasks, chunksize=8)):
            for look in one.looks:
                h, w = look.crop.shape
                rows.writerow((number, one.kind, one.text, one.country, one.lines, *one.frame, round(look.at_ms), look.left, look.top,
                               w, h, offset, round(look.width_px, 1), int(look.cut), *np.round(look.corners.reshape(-1), 2).tolist()))
                pictures.write(look.crop.tobytes())
                offset += look.crop.size
            if number % 250 == 249:
                print(f"{number + 1} of {args.count} passages, {offset / 1e6:.0f} MB, {time.time() - started:.0f} s", flush=True)
    part.rename(args.out.with_suffix(".csv"))


if __name__ == "__main__":
    main()
