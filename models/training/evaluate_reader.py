"""Measure a reader: share of plates exactly right on rendered and real strips.

    python3 evaluate_reader.py --model ../reader/crnn-v1 --data DIR        an exported model, with onnxruntime
    python3 evaluate_reader.py --checkpoint runs/reader/best.pt            a checkpoint, with torch

Real crops are straightened by their labelled upright boxes (the photographs have no corners).
"""
from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import numpy as np

import samples
from fonts import ALPHABET, FontPool
from formats import COUNTRY_CODES
from straighten import box_quad, strip

Read = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""strips float32 [N,1,48,192] in 0..1 -> character probabilities [N,48,37], country probabilities [N,C]."""


@dataclass
class Strips:
    """A measuring set: strips uint8 [n,48,192] and what they say."""

    name: str
    strips: np.ndarray
    texts: list[str]
    countries: list[str]


def rendered_set(name: str, seed: int, count: int, data: Path | None, country: str | None = None,
                 lines: int | None = None, least_px: float = 60, strength: float = 1.0,
                 correct: samples.Correct | None = None) -> Strips:
    """Rendered plates with held-out fonts, least_px wide and wider (two-line ones two thirds of it).

    strength: of slant, blur, noise and corner errors; at 1 about one in six cannot be read by eye.
    """
    rng = np.random.default_rng(seed)
    fonts = FontPool("test", data)
    found: list[samples.Sample] = []
    while len(found) < count:
        sample = samples.rendered(rng, fonts, country, lines, strength=strength, correct=correct)
        if sample.text and sample.width_px >= least_px * (1 if sample.lines == 1 else 0.67):
            found.append(sample)
    return Strips(name, np.stack([s.strip for s in found]), [s.text for s in found], [s.country for s in found])


def real_set(name: str, data: Path, folder: str, split: str | None = None, quality: str | None = None,
             correct: samples.Correct | None = None) -> Strips:
    """Labelled plates of photographs, straightened by their boxes, or by what the straightener makes of these."""
    found = [p for p in samples.load_real(data, folder, split).plates if quality is None or p.quality == quality]

    def corners(plate: samples.RealPlate) -> np.ndarray:
        box = box_quad(*plate.box)
        return correct(plate.grey, box) if correct else box
    return Strips(name, np.stack([strip(p.grey, corners(p)) for p in found]), [p.text for p in found], [""] * len(found))


def nothing_set(name: str, seed: int, count: int) -> Strips:
    """Rendered non-plates; exactly right means: nothing read."""
    rng = np.random.default_rng(seed)
    fonts = FontPool("test")
    return Strips(name, np.stack([samples.nothing(rng, fonts).strip for _ in range(count)]), [""] * count, [""] * count)


def decode(characters: np.ndarray) -> list[tuple[str, float]]:
    """Greedy texts with the product over their characters of the highest probability."""
    out = []
    for steps in characters:
        best, text, sure, last = steps.argmax(axis=1), "", 1.0, -1
        peak = 0.0
        for t, k in enumerate(best):
            if k != last:
                if peak:
                    sure *= peak
                peak = 0.0
                if k < len(ALPHABET):
                    text += ALPHABET[k]
            if k < len(ALPHABET):
                peak = max(peak, float(steps[t, k]))
            last = k
        out.append((text, sure * peak if peak else sure))
    return out


def measure(read: Read, sets: list[Strips], errors: bool = False) -> dict[str, dict[str, float]]:
    """Per set: n, share exactly right, the same with O = 0, country right where known; how many reads have a
    product of character probabilities of 0.99 and more (`sure`), and how many of those are wrong."""
    report: dict[str, dict[str, float]] = {}
    for one in sets:
        characters, countries = [], []
        for i in range(0, len(one.strips), 64):
            a, b = read(one.strips[i:i + 64, None].astype(np.float32) / 255)
            characters.append(a)
            countries.append(b)
        texts = decode(np.concatenate(characters))
        exact = [t == truth for (t, _), truth in zip(texts, one.texts)]
        zero = [t.replace("O", "0") == truth.replace("O", "0") for (t, _), truth in zip(texts, one.texts)]
        sure = [ok for (_, p), ok in zip(texts, exact) if p >= 0.99]
        known = [(int(k), c) for k, c in zip(np.concatenate(countries).argmax(axis=1), one.countries) if c not in ("", "unknown")]
        report[one.name] = {"n": len(exact), "exact": round(float(np.mean(exact)), 4), "exact_O0": round(float(np.mean(zero)), 4),
                            "sure": len(sure), "sure_wrong": len(sure) - sum(sure)}
        if known:
            report[one.name]["country"] = round(float(np.mean([COUNTRY_CODES[k] == c for k, c in known])), 4)
        if errors:
            for (t, p), truth, ok in zip(texts, one.texts, exact):
                if not ok:
                    print(f"  {one.name}: {truth} read as {t or '-'} ({p:.2f})")
    return report


def wilson(share: float, n: float) -> tuple[float, float]:
    """95 % interval of a share of n (Wilson 1927)."""
    z = 1.96
    middle, half = share + z * z / (2 * n), z * (share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


def standard_sets(data: Path | None, count: int = 600, seed: int = 90210, correct: samples.Correct | None = None) -> list[Strips]:
    """The sets of the card: rendered with held-out fonts, and the real ones where the photographs are."""
    def drawn(name: str, more: int, count: int, country: str | None = None, lines: int | None = None, strength: float = 0.6) -> Strips:
        return rendered_set(name, seed + more, count, data, country, lines, strength=strength, correct=correct)
    sets = [drawn("rendered", 0, count), drawn("rendered-hard", 4, count // 2, strength=1.0), drawn("rendered-B", 1, count, "B"),
            drawn("rendered-B-two-line", 2, count // 2, "B", 2), nothing_set("nothing", seed + 3, count // 3)]
    if data is not None:
        sets += [real_set("dashcam-val-clear", data, "dashcam-ro", "val", "clear", correct),
                 real_set("dashcam-val-hard", data, "dashcam-ro", "val", "hard", correct),
                 real_set("openalpr-eu-part", data, "openalpr-eu-part", correct=correct)]
    return sets


def torch_reader(model: "object") -> Read:
    """A torch Reader as a Read function."""
    import torch

    def read(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        model.eval()  # type: ignore[attr-defined]
        with torch.no_grad():
            a, b = model(torch.from_numpy(x).to(next(model.parameters()).device))  # type: ignore[attr-defined,operator]
        return a.softmax(2).cpu().numpy(), b.softmax(1).cpu().numpy()
    return read


def onnx_reader(folder: Path) -> Read:
    """An exported model, as its manifest says."""
    import onnxruntime

    manifest = json.loads((folder / "manifest.json").read_text())
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(folder / manifest["file"]), options, providers=["CPUExecutionProvider"])
    mean, scale = manifest["input"]["mean"], manifest["input"]["scale"]
    return lambda x: tuple(session.run([manifest["output"]["characters"], manifest["output"]["country"]],
                                       {manifest["input"]["name"]: ((x - mean) * scale).astype(np.float32)}))  # type: ignore[return-value]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="folder with manifest.json and model.onnx")
    parser.add_argument("--checkpoint", type=Path, help="a checkpoint of train_reader.py")
    parser.add_argument("--data", type=Path, help="the photographs' folder")
    parser.add_argument("--straightener", type=Path, help="a checkpoint that puts corners right first, as the agent does")
    parser.add_argument("--count", type=int, default=600, help="rendered plates per set")
    parser.add_argument("--seed", type=int, default=90210)
    parser.add_argument("--errors", action="store_true", help="list what was read wrongly")
    args = parser.parse_args()
    if args.model:
        read = onnx_reader(args.model)
    elif args.checkpoint:
        from checkpoint import load_reader
        read = torch_reader(load_reader(args.checkpoint))
    else:
        parser.error("give --model or --checkpoint")
    correct = None
    if args.straightener:
        from straightener import Corrector
        correct = Corrector(args.straightener)
    for name, row in measure(read, standard_sets(args.data, args.count, args.seed, correct), args.errors).items():
        low, high = wilson(row["exact"], row["n"])
        print(f"{name:22}", "  ".join(f"{k} {v:g}" for k, v in row.items()), f" 95 % interval {low:.3f} to {high:.3f}")


if __name__ == "__main__":
    main()
