"""Train the straightener on plates rendered as it goes.

    python3 train_straightener.py --minutes 40 --data DIR --out runs/straightener
    python3 train_straightener.py --resume --out runs/straightener          go on after an interruption
    python3 train_straightener.py --init checkpoints/straightener-v1.pt --out runs/straightener-2

--data names the photographs' folder: only fonts are taken from it. The learning rate follows the share of the time that is used up;
weights are averaged, and the averaged ones are measured on plates in fonts that training never sees.
"""
from __future__ import annotations

import argparse
import copy
import time
from pathlib import Path
from typing import Iterator

import cv2
import numpy as np
import torch
from torch import nn

import camera
import furniture
import plates
import samples
from checkpoint import load_weights, save_small
from fonts import FontPool
from running import asked_to_stop, follow, teller
from straightener import Straightener, cut, off_by
from train_reader import augment_light, rate_at

VIEWS = 12
"""Crops of each rendered plate, with corners that are off in other ways."""
POOL = 6000
"""Crops held back, from which batches are drawn, so that those of one plate come apart."""
AROUND = (0.3, 0.6)
"""Seen around the plate in the rendered picture, as shares of its width and height."""
SMALLEST_PX = 34.0
LOOK_S = 240
"""Seconds between two measurements, and so the most that an interruption costs."""


def given_corners(rng: np.random.Generator, quad: np.ndarray) -> np.ndarray:
    """Corners as a detector gives them, as one gives them that knows only upright boxes, or nearly right ones."""
    dice = rng.random()
    if dice < 0.14:
        tilt = abs(quad[1, 1] - quad[0, 1]) / max(1.0, float(np.linalg.norm(quad[3] - quad[0])))
        if tilt < 0.6:
            return samples.jitter(rng, samples.upright(quad), 0.8)
    return samples.jitter(rng, quad, 0.35 if dice > 0.85 else 1.15)


def rendered(rng: np.random.Generator, fonts: FontPool, count: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """One plate, `count` times: crop uint8 [64,160] and what the net should say of it, float32 [8]."""
    plate = plates.headed(rng, fonts) if rng.random() < 0.08 else plates.random_plate(rng, fonts)
    furniture.abuse(rng, plate.rgb, plate.retro)
    art, retro, corners = plates.mount(rng, fonts, plate)
    width = max(SMALLEST_PX, samples.plate_width(rng, plate.lines))
    grey, quad = camera.shoot(rng, art, retro, corners, width, float(rng.uniform(0.4, 1.0)), around=AROUND)
    found = (given_corners(rng, quad) for _ in range(count))
    return [(cut(grey, given), off_by(given, quad)) for given in found]


def endless(seed: int, data: Path | None, pool: int = POOL) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Crops and answers, drawn from a pool that is kept full."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng(seed)
    fonts = FontPool("train", data)
    waiting: list[tuple[np.ndarray, np.ndarray]] = []
    while True:
        while len(waiting) < pool:
            waiting += rendered(rng, fonts, VIEWS)
        at = int(rng.integers(len(waiting)))
        waiting[at], waiting[-1] = waiting[-1], waiting[at]
        yield waiting.pop()


class Crops(torch.utils.data.IterableDataset):  # type: ignore[type-arg]
    """Batches, each worker with a seed of its own."""

    def __init__(self, seed: int, data: Path | None, batch: int):
        self.seed, self.data, self.batch = seed, data, batch

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        worker = torch.utils.data.get_worker_info()
        source = endless(self.seed + (7919 * worker.id if worker else 0), self.data)
        while True:
            crops, answers = zip(*(next(source) for _ in range(self.batch)))
            yield np.stack(crops), np.stack(answers)


def held_out(data: Path | None, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Crops of plates in held-out fonts, one each, always the same."""
    rng = np.random.default_rng(515)
    fonts = FontPool("test", data)
    crops, answers = zip(*(rendered(rng, fonts, 1)[0] for _ in range(count)))
    return np.stack(crops), np.stack(answers)


def to_tensor(crops: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(crops, np.float32))[:, None]


def errors(model: Straightener, crops: np.ndarray, answers: np.ndarray) -> dict[str, float]:
    """Mean distance along and across that is left, as shares of the plate's width and height; `given` is before."""
    model.eval()
    device = next(model.parameters()).device
    with torch.no_grad():
        parts = [to_tensor(part / np.float32(255)).to(device) for part in np.array_split(crops, 8)]
        said = np.concatenate([model(part).cpu().numpy() for part in parts])
    report: dict[str, float] = {}
    for name, left in (("given", answers), ("left", answers - said)):
        along, across = np.abs(left[:, 0::2]).mean(1) * 0.1, np.abs(left[:, 1::2]).mean(1) * 0.1
        report |= {f"{name}_along": float(np.median(along)), f"{name}_across": float(np.median(across)),
                   f"{name}_across_p90": float(np.quantile(across, 0.9))}
    return {key: round(value, 4) for key, value in report.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=40)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--out", type=Path, default=Path("runs/straightener"))
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--init", type=Path, help="weights to start from")
    parser.add_argument("--batch", type=int, default=96)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--renderers", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(args.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(args.seed)
    device = torch.device("cuda" if args.device == "cuda" or (args.device == "auto" and torch.cuda.is_available()) else "cpu")
    model = Straightener()
    if args.init:
        model.load_state_dict(load_weights(args.init))
    model = model.to(device).to(memory_format=torch.channels_last)
    average = copy.deepcopy(model)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.rate, weight_decay=0.01)
    steps, used_before, last = 0, 0.0, args.out / "last.pt"
    if args.resume and last.is_file():
        saved = torch.load(last, map_location=device)
        model.load_state_dict(saved["model"])
        average.load_state_dict(saved["ema"])
        optimizer.load_state_dict(saved["optimizer"])
        steps, used_before = saved["steps"], saved["used_s"]
    seed = args.seed + (int(time.time()) if args.resume else 0)  # else it would be taught the same plates again
    loader = torch.utils.data.DataLoader(Crops(seed, args.data, args.batch), batch_size=None, num_workers=args.renderers,
                                         prefetch_factor=8)
    test = held_out(args.data, 1000)
    weight = torch.tensor([2.0, 1.0] * 4, device=device)  # a hundredth of the width is more pixels than one of the height
    rng = np.random.default_rng(args.seed + 1)
    stop, say = asked_to_stop(), teller(args.out)

    started = time.monotonic()
    next_line, next_look, recent = started + 60, started + LOOK_S, []
    for crops, answers in loader:
        used = used_before + time.monotonic() - started
        share = used / (60 * args.minutes)
        if stop() or share >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = rate_at(share, args.rate)
        x = to_tensor(augment_light(rng, crops.numpy().astype(np.float32) / 255)).to(device).to(memory_format=torch.channels_last)
        model.train()
        with torch.autocast(device.type, dtype=torch.bfloat16):
            features = model.features(x)
        off = (model.place(features.float()) - answers.to(device)) * weight
        loss = nn.functional.smooth_l1_loss(off, torch.zeros_like(off), beta=0.1)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 3.0)
        optimizer.step()
        steps += 1
        follow(average, model, steps)
        recent.append(float(loss.detach()))
        if time.monotonic() > next_line:
            next_line = time.monotonic() + 60
            say(share=round(share, 4), crops=steps * args.batch, loss=round(float(np.mean(recent)), 4))
            recent = []
        if time.monotonic() > next_look:
            keep(args.out, average, steps * args.batch, test, say)
            keep_all(last, model, average, optimizer, steps, used)
            next_look = time.monotonic() + LOOK_S
    keep(args.out, average, steps * args.batch, test, say)
    keep_all(last, model, average, optimizer, steps, used_before + time.monotonic() - started)


def keep(out: Path, average: Straightener, crops: int, test: tuple[np.ndarray, np.ndarray], say) -> None:  # type: ignore[no-untyped-def]
    """Measure the averaged weights and write them down."""
    report = errors(average, *test)
    say(crops=crops, **report)
    save_small(out / "straightener.pt", average.state_dict(), {"crops": crops, "report": report})


def keep_all(last: Path, model: Straightener, average: Straightener, optimizer: torch.optim.Optimizer, steps: int, used_s: float) -> None:
    """What --resume needs, whole or not at all: an interruption may come now too."""
    beside = last.with_suffix(".part")
    torch.save({"model": model.state_dict(), "ema": average.state_dict(), "optimizer": optimizer.state_dict(), "steps": steps,
                "used_s": used_s}, beside)
    beside.replace(last)


if __name__ == "__main__":
    main()
