"""The command behind scripts/render-traffic."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.append(str(REPOSITORY / "models" / "training"))

from fonts import FontPool  # noqa: E402

from traffic import story, truth  # noqa: E402
from traffic.camera import Camera  # noqa: E402
from traffic.film import Clock, Film  # noqa: E402

COUNTRIES = ["B", "NL", "F", "D", "L", "GB"]
MIXED = ["day", "dusk", "infrared"]


def arguments():
    p = argparse.ArgumentParser(
        prog="render-traffic",
        description="Makes recorded traffic as a camera on a pole sees it, and the truth about it.",
        epilog="Example: scripts/render-traffic --out clip.mp4 --truth clip.json --seconds 30 --light night --seed 7",
    )
    p.add_argument("--out", required=True, help="the clip, .mp4")
    p.add_argument("--truth", help="what drives through it, JSON (default: beside the clip)")
    p.add_argument("--seed", type=int, default=1, help="the same seed and options give the same clip")
    p.add_argument("--seconds", type=float, default=30)
    p.add_argument("--size", default="1920x1080")
    p.add_argument("--fps", type=float, default=25)
    p.add_argument("--every", type=float, default=4.0, help="seconds from one vehicle to the next, on average")
    p.add_argument("--vehicles", type=int, help="how many (default: what --every gives)")
    p.add_argument("--speeds", default="30-130", help="lowest and highest, km/h")
    p.add_argument("--direction", choices=["approaching", "receding", "both"], default="both")
    p.add_argument("--parked", type=float, metavar="SECONDS", help="the first vehicle stops in view for so long")
    p.add_argument(
        "--light",
        choices=[*MIXED, "night", "mixed"],
        default="day",
        help="mixed: day, dusk and infrared one after the other",
    )
    p.add_argument("--countries", default=",".join(COUNTRIES), help="of the plates")
    p.add_argument("--two-line", type=float, default=0.0, metavar="SHARE", help="share of plates in two lines")
    p.add_argument("--camera-height", type=float, default=5.5, metavar="M")
    p.add_argument("--tilt", type=float, default=15.5, metavar="DEG")
    p.add_argument("--pan", type=float, default=-8.0, metavar="DEG", help="to the right")
    p.add_argument("--focal", type=float, metavar="PX", help="focal length in pixels (default: 2.16 times the width)")
    p.add_argument("--shake", type=float, default=1.0, help="how much the pole sways; 0: not at all")
    p.add_argument("--clock", action="store_true", help="burn the camera's clock into the picture")
    p.add_argument("--codec", choices=["h264", "h265"], default="h264")
    p.add_argument("--crf", type=float, help="quality (default 28; lower is better and bigger)")
    p.add_argument("--bitrate", help="such as 600k, instead of --crf")
    p.add_argument("--gop", type=int, help="frames between key frames (default: 2 s)")
    p.add_argument("--b-frames", type=int, default=0, help="cameras send none")
    p.add_argument(
        "--fonts",
        choices=["test", "train", "all"],
        default="test",
        help="plates in the families held out from training, in those trained with, or in both",
    )
    p.add_argument("--data", help="folder with more fonts (its fonts/*/*.ttf)")
    p.add_argument("--png", metavar="DIR", help="also write each so many frames as PNG there: see --png-every")
    p.add_argument("--png-every", type=int, default=25)
    return p.parse_args()


def encoder(options, width, height):
    """An ffmpeg that takes frames on stdin."""
    gop = options.gop or round(2 * options.fps)
    rate = ["-b:v", options.bitrate] if options.bitrate else ["-crf", str(options.crf or 28)]
    if options.codec == "h264":
        codec = ["-c:v", "libx264", "-preset", "slow", "-aq-mode", "3", "-bf", str(options.b_frames)]
    else:
        codec = [
            "-c:v",
            "libx265",
            "-preset",
            "medium",
            "-tag:v",
            "hvc1",
            "-x265-params",
            f"log-level=error:bframes={options.b_frames}",
        ]
    command = [
        "ffmpeg",
        "-hide_banner",
        "-loglevel",
        "error",
        "-y",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb24",
        "-s",
        f"{width}x{height}",
        "-r",
        str(options.fps),
        "-i",
        "-",
        *codec,
        *rate,
        "-g",
        str(gop),
        "-keyint_min",
        str(gop),
        "-vf",
        "scale=out_color_matrix=bt709:out_range=tv",
        "-pix_fmt",
        "yuv420p",
        "-colorspace",
        "bt709",
        "-color_primaries",
        "bt709",
        "-color_trc",
        "bt709",
        "-color_range",
        "tv",
        "-movflags",
        "+faststart",
        options.out,
    ]
    return subprocess.Popen(command, stdin=subprocess.PIPE)


def letters(fonts: FontPool) -> list[Path]:
    """Two fonts for lettering on vehicles and signs."""
    wanted = [
        f.path for name in ("barlow", "oswald") for f in fonts.fonts if f.family == name and "-600" in f.path.name
    ]
    return (wanted + [fonts.fonts[0].path] * 2)[:2]


def main():
    options = arguments()
    if not shutil.which("ffmpeg"):
        raise SystemExit("render-traffic: ffmpeg is needed and not there (apt install ffmpeg)")
    width, height = (int(v) for v in options.size.split("x"))
    speeds = tuple(float(v) for v in options.speeds.split("-"))
    frames = round(options.seconds * options.fps)
    count = options.vehicles if options.vehicles is not None else max(1, round(options.seconds / options.every))
    every = options.seconds / count if options.vehicles else options.every
    rng = np.random.default_rng(options.seed)
    camera = Camera(
        width,
        height,
        options.focal or 2.16 * width,
        options.camera_height,
        options.pan,
        options.tilt,
        float(rng.normal(0, 0.7)),
    )
    trips = story.write_story(
        rng,
        options.seconds,
        every,
        count,
        options.countries.split(","),
        options.direction,
        speeds,
        options.two_line,
        options.parked,
    )
    names = MIXED if options.light == "mixed" else [options.light]
    segments = [(k * options.seconds / len(names), name) for k, name in enumerate(names)]
    fonts = FontPool(options.fonts, options.data)
    files = letters(FontPool("all"))
    film = Film(
        camera,
        options.fps,
        trips,
        segments,
        fonts,
        files,
        options.seed,
        Clock(files[0]) if options.clock else None,
        options.shake,
    )
    known = truth.Truth(width, height, options.fps)
    sink = encoder(options, width, height)
    began = time.monotonic()
    if options.png:
        Path(options.png).mkdir(parents=True, exist_ok=True)
    for n in range(frames):
        picture, sights = film.frame(n)
        known.add(n, sights)
        sink.stdin.write(picture.tobytes())
        if options.png and n % options.png_every == 0:
            import cv2

            cv2.imwrite(f"{options.png}/{n:05}.png", picture[..., ::-1])
        if n % 25 == 24 or n == frames - 1:
            print(
                f"\rframe {n + 1} of {frames}, {(n + 1) / (time.monotonic() - began):.1f}/s ",
                end="",
                file=sys.stderr,
                flush=True,
            )
    sink.stdin.close()
    if sink.wait():
        raise SystemExit(f"render-traffic: ffmpeg ended with {sink.returncode}")
    spent = time.monotonic() - began
    passages = known.passages(film)
    clip = {
        "width": width,
        "height": height,
        "fps": options.fps,
        "frames": frames,
        "seconds": options.seconds,
        "codec": options.codec,
        "seed": options.seed,
        "light": options.light,
        "segments": [{"fromMs": round(s * 1000), "light": name} for s, name in segments],
    }
    truth.write(options.truth or str(Path(options.out).with_suffix(".json")), clip, passages)
    size = Path(options.out).stat().st_size
    print(
        f"\n{options.out}: {frames} frames in {spent:.0f} s ({frames / spent:.1f}/s), {size / 1e6:.2f} MB, {len(passages)} passages",
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()
