"""Train the reader on plates rendered as it goes, and on real crops when the photographs are there.

    python3 train_reader.py --minutes 90 --data DIR --out runs/reader
    python3 train_reader.py --resume --out runs/reader          go on after an interruption
    python3 train_reader.py --init checkpoints/reader-v1.pt     start from earlier weights

The learning rate follows the share of the time (or of the samples) used up, so a slow machine finishes its
schedule too. Weights are averaged (EMA); the averaged ones are evaluated, and kept when they are the best on
held-out fonts. Photographs that are measured on are reported, never selected by.
"""
from __future__ import annotations

import argparse
import copy
import math
import time
from pathlib import Path

import numpy as np

from running import asked_to_stop, follow, teller


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=90, help="length of the schedule by the clock")
    parser.add_argument("--samples", type=int, help="length of the schedule in samples instead")
    parser.add_argument("--data", type=Path, help="the photographs' folder; without it only rendered plates are used")
    parser.add_argument("--out", type=Path, default=Path("runs/reader"))
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--init", type=Path, help="a checkpoint to start from")
    parser.add_argument("--straightener", type=Path, help="a checkpoint that puts corners right, as the agent does before it reads")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=2.5e-3, help="highest learning rate")
    parser.add_argument("--ring", type=int, default=20000, help="samples held in memory")
    parser.add_argument("--reuse", type=float, default=4.0, help="times that a rendered sample is used")
    parser.add_argument("--renderers", type=int, default=1, help="rendering processes")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--choose-until", type=float, default=0.7, help="share of the schedule in which samples are chosen by their loss")
    parser.add_argument("--evaluate-minutes", type=float, default=5)
    parser.add_argument("--float32", action="store_true", help="no bfloat16 in the trunk")
    return parser.parse_args()


def augment(rng: np.random.Generator, strips: np.ndarray) -> np.ndarray:
    """Cheap changes to a batch uint8 [n,48,192] that make a repeated sample new; float32 [n,48,192] in 0..1."""
    shift = rng.integers(-2, 3, 2)
    x = strips.astype(np.float32) / 255
    if shift.any():
        x = np.pad(x, ((0, 0), (2, 2), (2, 2)), mode="edge")[:, 2 + shift[0]:50 + shift[0], 2 + shift[1]:194 + shift[1]]
    return augment_light(rng, x)


def augment_light(rng: np.random.Generator, x: np.ndarray) -> np.ndarray:
    """The part of it that moves nothing: tone, now and then the negative, noise. float32 [n,h,w] in 0..1."""
    n = len(x)
    x = x ** np.exp(rng.normal(0, 0.15, (n, 1, 1))).astype(np.float32)
    flip = rng.random(n) < 0.02
    x[flip] = 1 - x[flip]
    x += rng.standard_normal((1, *x.shape[1:])).astype(np.float32) * (rng.random((n, 1, 1)) ** 2 * 0.03).astype(np.float32)
    return np.ascontiguousarray(x, np.float32)


def pick_batch(rng: np.random.Generator, losses: np.ndarray, count: int) -> np.ndarray:
    """Slots to train with: what was not seen yet, and most of all what was nearly right.

    losses: of each filled slot, nats a character when it was last seen, negative before. A sample without error teaches nothing, one
    that nobody can read (1.5 and more; a guess is 3.6) teaches to guess: both come up less often.
    """
    found: list[np.ndarray] = []
    for _ in range(20):
        pool = rng.integers(0, len(losses), 2 * count)
        loss = losses[pool]
        keep = np.where(loss < 0, 1.0, np.where(loss < 1.5, np.clip(loss / 0.25, 0.2, 1.0), 0.35))
        found.append(pool[rng.random(len(pool)) < keep])
        if sum(len(f) for f in found) >= count:
            break
    return np.concatenate([*found, rng.integers(0, len(losses), count)])[:count]


def rate_at(share: float, peak: float) -> float:
    """Learning rate: up over 3 %, level to a third, cosine down to a hundredth."""
    if share < 0.03:
        return peak * max(0.05, share / 0.03)
    return peak * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, max(0.0, (share - 0.25) / 0.75)))))


def main() -> None:
    args = parse()
    args.out.mkdir(parents=True, exist_ok=True)
    from ring import Ring
    ring = Ring(args.ring)
    ring.progress.value = 1.0 if args.resume else 0.0  # the easy samples of the beginning were seen
    ring.start(args.renderers, args.seed + (int(time.time()) if args.resume else 0), args.data, args.reuse, args.straightener)

    import torch
    from torch import nn
    import evaluate_reader
    from checkpoint import load_reader, save_small
    from reader import BLANK, STEPS, Reader
    from straightener import Corrector

    torch.set_num_threads(args.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(args.seed)
    device = torch.device("cuda" if args.device == "cuda" or (args.device == "auto" and torch.cuda.is_available()) else "cpu")
    model = Reader()
    if args.init:
        model = load_reader(args.init)
    model = model.to(device).to(memory_format=torch.channels_last)
    average = copy.deepcopy(model)
    decay_of = [p for p in model.parameters() if p.dim() > 1]
    plain = [p for p in model.parameters() if p.dim() <= 1]
    optimizer = torch.optim.AdamW([{"params": decay_of, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}], lr=args.rate)
    steps, used_before, best = 0, 0.0, -1.0
    last = args.out / "last.pt"
    if args.resume and last.is_file():
        saved = torch.load(last, map_location=device)
        model.load_state_dict(saved["model"])
        average.load_state_dict(saved["ema"])
        optimizer.load_state_dict(saved["optimizer"])
        steps, used_before, best = saved["steps"], saved["used_s"], saved["best"]
    correct = Corrector(args.straightener) if args.straightener else None
    sets = evaluate_reader.standard_sets(args.data, 400, correct=correct)
    ctc = nn.CTCLoss(blank=BLANK, reduction="none", zero_infinity=True)
    weights = torch.ones(len(evaluate_reader.COUNTRY_CODES), device=device)
    weights[0] = 0.35  # half of all plates are of no country
    country_loss = nn.CrossEntropyLoss(weight=weights, ignore_index=-1)
    rng = np.random.default_rng(args.seed + 1)
    stop, say = asked_to_stop(), teller(args.out)

    while ring.filled() < min(3000, args.ring // 3):
        if not ring.alive():
            raise SystemExit("the renderer died: see its message above")
        time.sleep(0.5)
    started = time.monotonic()
    next_look, next_line, recent = started + 60 * args.evaluate_minutes, started + 60, []
    while not stop():
        used = used_before + time.monotonic() - started
        share = steps * args.batch / args.samples if args.samples else used / (60 * args.minutes)
        ring.progress.value = share
        if share >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = rate_at(share, args.rate)
        # Chosen by loss while it learns, as they come at the end: what is read at even odds must be said at even odds.
        pick = (pick_batch(rng, ring.losses[:ring.filled()], args.batch) if share < args.choose_until
                else rng.integers(0, ring.filled(), args.batch))
        texts = torch.from_numpy(ring.texts[pick]).to(device)
        lengths = (texts >= 0).sum(1)
        x = torch.from_numpy(augment(rng, ring.strips[pick]))[:, None].to(device).to(memory_format=torch.channels_last)
        model.train()
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=not args.float32):
            features = model.features(x)
        characters, country = model.heads(features)
        each = ctc(characters.log_softmax(2).transpose(0, 1), texts[texts >= 0],
                   torch.full((len(pick),), STEPS, dtype=torch.long), lengths) / lengths.clamp(min=1)
        ring.losses[pick] = each.detach().cpu().numpy()
        reading = each.mean()
        truth = torch.from_numpy(ring.countries[pick]).to(device)
        loss = reading + (0.12 * country_loss(country, truth) if bool((truth >= 0).any()) else 0)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 3.0)
        optimizer.step()
        steps += 1
        ring.trained.value = steps * args.batch if not args.resume else ring.trained.value + args.batch
        follow(average, model, steps)
        recent.append(float(reading.detach()))
        now = time.monotonic()
        if now > next_line:
            next_line = now + 60
            say(share=round(share, 4), steps=steps, samples=steps * args.batch, rendered=int(ring.rendered.value),
                loss=round(float(np.mean(recent)), 4), rate=round(optimizer.param_groups[0]["lr"], 6))
            recent = []
            if not ring.alive():
                break  # what was learnt is kept
        if now > next_look:
            best = look(evaluate_reader, average, sets, best, args.out, steps, say, save_small)
            torch.save({"model": model.state_dict(), "ema": average.state_dict(), "optimizer": optimizer.state_dict(),
                        "steps": steps, "used_s": used, "best": best}, last)
            next_look = time.monotonic() + 60 * args.evaluate_minutes
    look(evaluate_reader, average, sets, best, args.out, steps, say, save_small)
    torch.save({"model": model.state_dict(), "ema": average.state_dict(), "optimizer": optimizer.state_dict(),
                "steps": steps, "used_s": used_before + time.monotonic() - started, "best": best}, last)
    died = not ring.alive()
    ring.stop()
    if died:
        raise SystemExit("the renderer died, see its message above; --resume goes on from here")


def look(evaluate_reader, average, sets, best, out, steps, say, save_small) -> float:  # type: ignore[no-untyped-def]
    """Evaluate the averaged weights; keep them when they are the best. Returns the best score so far."""
    report = evaluate_reader.measure(evaluate_reader.torch_reader(average), sets)
    chosen = [report[n]["exact"] for n in ("rendered", "rendered-B", "rendered-B-two-line")]
    score = float(np.mean(chosen))
    say(steps=steps, score=round(score, 4), **{n: r["exact"] for n, r in report.items()},
        country=report["rendered"].get("country"))
    note = {"steps": steps, "score": score, "report": report}
    save_small(out / "ema.pt", average.state_dict(), note)
    if score >= best:
        save_small(out / "best.pt", average.state_dict(), note)
    return max(best, score)


if __name__ == "__main__":
    main()
