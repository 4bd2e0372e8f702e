"""Trains the detector on pictures made while it runs: `train_detector.py --data DIR --out FOLDER --minutes 85`.

The time is given in minutes, not steps, and the learning rate follows the elapsed share of it: a training fits the
evening of whichever machine it runs on. It can be ended at any moment and continued with `--resume`; `--init` starts
anew from somebody's weights; `--close-ups` teaches what the agent asks it the second time. Nothing is selected by a validation set here: the last averaged weights are the result.
"""

from __future__ import annotations

import argparse
import copy
import math
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from close_ups import SHAPES, close_ups
from detector import MEAN, SCALE, STRIDE_PX, Detector
from fonts import FontPool
from scenes import Scene, SceneMaker

NEAR = 0.35
"""Cells whose heat target is at least this learn the plate's corners."""


def targets(scene: Scene) -> dict[str, np.ndarray]:
    """A scene as maps of h x w cells.

    heat [h,w]: 1 in the cell of a plate's middle, falling off around it with the plate's size. care [h,w]: 0 if masked.
    corners [8,h,w]: pixels from the cell's middle to the corners (rendered plates); of a real plate's box the first
    four are x0, y0, x1, y1. quad, box [h,w]: weights of the corner and box losses, each plate's summing to 1.
    size [h,w]: root of the plate's area in pixels.
    """
    h, w = scene.picture.shape[0] // STRIDE_PX, scene.picture.shape[1] // STRIDE_PX
    heat, care = np.zeros((h, w), np.float32), np.ones((h, w), np.float32)
    corners, size = np.zeros((8, h, w), np.float32), np.ones((h, w), np.float32)
    weights = {"quad": np.zeros((h, w), np.float32), "box": np.zeros((h, w), np.float32)}
    middle_x = (np.arange(w, dtype=np.float32) + 0.5) * STRIDE_PX
    middle_y = (np.arange(h, dtype=np.float32) + 0.5) * STRIDE_PX
    for x0, y0, x1, y1 in scene.ignore / STRIDE_PX:
        care[max(0, math.floor(y0)) : max(0, math.ceil(y1)), max(0, math.floor(x0)) : max(0, math.ceil(x1))] = 0
    plates = [("quad", quad) for quad in scene.quads] + [("box", box.reshape(2, 2)) for box in scene.boxes]
    for kind, points in plates:
        centre, extent = points.mean(0), points.max(0) - points.min(0)
        column, row = int(np.clip(centre[0] // STRIDE_PX, 0, w - 1)), int(np.clip(centre[1] // STRIDE_PX, 0, h - 1))
        sigma = np.maximum(0.11 * extent, 0.55 * STRIDE_PX)
        bell_x = np.exp(-0.5 * ((middle_x - centre[0]) / sigma[0]) ** 2)
        bell_y = np.exp(-0.5 * ((middle_y - centre[1]) / sigma[1]) ** 2)
        bell = bell_y[:, None] * bell_x[None, :]
        bell[row, column] = 1.0
        mine = (bell >= NEAR) & (bell > heat)
        weight = np.where(mine, bell, 0)
        for other in weights.values():
            other[mine] = 0
        weights[kind] += weight / max(float(weight.sum()), 1e-6)
        rows, columns = np.nonzero(mine)
        offsets = points[:, :, None] - np.stack([middle_x[columns], middle_y[rows]])[None]
        corners[: points.size, rows, columns] = offsets.reshape(points.size, -1)
        size[mine] = math.sqrt(_area(points))
        heat = np.maximum(heat, bell)
        care[mine] = 1
    return {"heat": heat, "care": care, "corners": corners, "size": size, **weights}


def _area(points: np.ndarray) -> float:
    if len(points) == 2:
        return max(float(np.prod(points[1] - points[0])), 1.0)
    x, y = points[:, 0], points[:, 1]
    return max(abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2, 1.0)


def loss(logits: Tensor, corners: Tensor, target: dict[str, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
    """Focal loss on the heat map, corner error of rendered plates, box error of real ones; each a mean over plates."""
    heat, care = target["heat"], target["care"]
    logits = logits[:, 0].float()
    chance = torch.sigmoid(logits).clamp(1e-5, 1 - 1e-5)
    found = heat == 1
    count = found.sum().clamp(min=1)
    hit = F.logsigmoid(logits) * (1 - chance) ** 2
    miss = F.logsigmoid(-logits) * chance**2 * (1 - heat) ** 4 * care
    focal = -torch.where(found, hit, miss).sum() / count
    size = target["size"][:, None]
    error = F.smooth_l1_loss(corners / size, target["corners"] / size, reduction="none", beta=0.04).sum(1)
    quad = (error * target["quad"]).sum() / target["quad"].sum().clamp(min=1)
    x, y = corners[:, 0::2], corners[:, 1::2]
    around = torch.stack([x.amin(1), y.amin(1), x.amax(1), y.amax(1)], 1)
    error = F.smooth_l1_loss(around / size, target["corners"][:, :4] / size, reduction="none", beta=0.08).sum(1)
    box = (error * target["box"]).sum() / target["box"].sum().clamp(min=1)
    return focal, quad, box


class Pictures(IterableDataset):
    """Endless training samples, each a list: a picture with its targets, and for each shape of close-ups a stack of those.

    Every worker has a seed of its own.
    """

    def __init__(
        self, data: Path | None, seed: int, width: int, height: int, stock: int, counts: tuple[int, ...]
    ) -> None:
        self._settings = (data, seed, width, height, stock, counts)

    def __iter__(self) -> Iterator[list[dict[str, np.ndarray]]]:
        data, seed, width, height, stock, counts = self._settings
        worker = get_worker_info()
        cv2.setNumThreads(1)
        seed += 1000 * (worker.id if worker else 0)
        maker = SceneMaker(FontPool("train", data), data, seed, width, height, stock)
        while True:
            scene = maker.scene()
            cut = [close_ups(scene, maker.rng, count, shape) for count, shape in zip(counts, SHAPES) if count]
            yield [_stacked([scene]), *(_stacked(scenes) for scenes in cut)]


def _stacked(scenes: list[Scene]) -> dict[str, np.ndarray]:
    samples = [{"picture": scene.picture[None], **targets(scene)} for scene in scenes]
    return {key: np.stack([sample[key] for sample in samples]) for key in samples[0]}


def average(mean: Detector, current: Detector, step: int) -> None:
    """Moves the averaged weights and statistics towards the current ones."""
    keep = min(0.998, (1 + step) / (10 + step))
    with torch.no_grad():
        for a, b in zip(mean.state_dict().values(), current.state_dict().values()):
            if a.dtype.is_floating_point:
                a.lerp_(b, 1 - keep)
            else:
                a.copy_(b)


def learning_rate(share: float, peak: float) -> float:
    """Warm-up over the first 2 % of the time, then half a cosine down to 1 % of the peak."""
    return peak * (share / 0.02 if share < 0.02 else 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(share, 1.0))))


def save(path: Path, state: dict[str, object]) -> None:
    """Writes a checkpoint in one step, so that a reader never sees half of one."""
    torch.save(state, path.with_suffix(".part"))
    path.with_suffix(".part").replace(path)


def load_weights(path: Path) -> dict[str, Tensor]:
    """Averaged weights of a checkpoint, or the weights of a committed one (float16); float32 either way."""
    state = torch.load(path, map_location="cpu")
    weights = state.get("mean", state.get("weights"))
    return {key: value.float() if value.dtype.is_floating_point else value for key, value in weights.items()}


def train(args: argparse.Namespace) -> None:
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    best = "cuda" if torch.cuda.is_available() else "cpu"
    device = torch.device(best if args.device == "auto" else args.device)
    args.out.mkdir(parents=True, exist_ok=True)
    path = args.out / "detector.pt"
    net = Detector()
    if args.init:
        net.load_state_dict(load_weights(args.init))
    net = net.to(device, memory_format=torch.channels_last).train()
    if any(args.close_ups):  # close-ups and whole pictures share the statistics that the net has
        for module in net.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.eval()
    mean = copy.deepcopy(net).eval()
    optimiser = torch.optim.AdamW(net.parameters(), lr=args.rate, weight_decay=0.01)
    elapsed, step, seed = 0.0, 0, args.seed
    if args.resume and path.exists():
        state = torch.load(path, map_location=device)
        net.load_state_dict(state["net"])
        mean.load_state_dict(state["mean"])
        optimiser.load_state_dict(state["optimiser"])
        elapsed, step = state["elapsed"], state["step"]
        seed += step  # other pictures than before
    pictures = Pictures(args.data, seed, args.width, args.height, args.stock, tuple(args.close_ups))
    batches = iter(DataLoader(pictures, args.batch, num_workers=args.workers))
    total, last_saved, sums, began = args.minutes * 60, time.monotonic(), [], step
    clock = time.monotonic()
    while elapsed < total:
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(elapsed / total, args.rate)
        optimiser.zero_grad(set_to_none=True)
        seen = []
        for batch in next(batches):
            batch = {key: value.flatten(0, 1).to(device) for key, value in batch.items()}
            picture = (batch.pop("picture").float() / 255 - MEAN) * SCALE
            with torch.autocast(device.type, dtype=torch.bfloat16, enabled=not args.float32):
                features = net.features(picture.to(memory_format=torch.channels_last))
            logits, corners = net.heads(features.float())
            parts = loss(logits, corners, batch)
            whole = parts[0] + 2.0 * parts[1] + 0.2 * parts[2]
            if not torch.isfinite(whole):
                raise FloatingPointError(f"the loss is {whole.item()} at step {step}: continue {path} with a lower --rate")
            whole.backward()
            seen.append([part.item() for part in parts])
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimiser.step()
        step += 1
        average(mean, net, step)
        now = time.monotonic()
        elapsed, clock = elapsed + now - clock, now
        sums.append(seen)
        if (step - began) % 50 == 0:
            losses = "  ".join("{:.3f} {:.3f} {:.3f}".format(*one) for one in np.mean(sums, 0))
            sums.clear()
            count = f"{elapsed / 60:6.1f} min  step {step}  pictures {step * args.batch}"
            print(f"{count}  heat, corners, box of each kind of picture: {losses}", flush=True)
        if now - last_saved > 90 or elapsed >= total:
            last_saved = now
            parts_of = {"net": net, "mean": mean, "optimiser": optimiser}
            state = {name: part.state_dict() for name, part in parts_of.items()}
            save(path, {**state, "elapsed": elapsed, "step": step})


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder of the photographs; without it backgrounds are drawn")
    parser.add_argument("--out", type=Path, required=True, help="folder of the checkpoint detector.pt")
    parser.add_argument("--minutes", type=float, default=85, help="of the whole training, resumed parts included")
    parser.add_argument("--resume", action="store_true", help="continue the training in --out")
    parser.add_argument("--init", type=Path, help="start from these weights, with a new schedule")
    parser.add_argument("--rate", type=float, default=2e-3, help="peak learning rate")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument(
        "--close-ups", type=int, nargs=len(SHAPES), default=[0] * len(SHAPES), metavar="N",
        help="close-ups of each size (128x64, 192x96) from every picture; with them batch norm keeps its statistics: use --init",
    )  # fmt: skip
    parser.add_argument("--width", type=int, default=384)
    parser.add_argument("--height", type=int, default=256)
    parser.add_argument("--stock", type=int, default=1200, help="rendered plates kept in memory (per worker)")
    parser.add_argument("--workers", type=int, default=0, help="processes that make pictures; 0: none besides")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--float32", action="store_true", help="no bfloat16 in the features")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    return parser.parse_args()


if __name__ == "__main__":
    train(arguments())
