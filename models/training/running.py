"""What trainings share while they run: that somebody asks them to stop, what they tell, and the averaged weights.

Imports no torch until it is needed: renderers are forked before that.
"""
from __future__ import annotations

import json
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from torch import nn


def asked_to_stop() -> Callable[[], bool]:
    """From now on SIGTERM and SIGINT end nothing; whether one came is what the function that is returned says."""
    asked = False

    def note(*_: object) -> None:
        nonlocal asked
        asked = True
    signal.signal(signal.SIGTERM, note)
    signal.signal(signal.SIGINT, note)
    return lambda: asked


def teller(out: Path) -> Callable[..., None]:
    """A function that prints its keywords as a line of JSON, with the time, and adds it to out/log.jsonl."""
    def say(**line: object) -> None:
        text = json.dumps({"at": time.strftime("%H:%M:%S"), **line})
        print(text, flush=True)
        with open(out / "log.jsonl", "a", encoding="utf-8") as handle:
            handle.write(text + "\n")
    return say


def follow(average: nn.Module, model: nn.Module, steps: int) -> None:
    """Move the average a step towards the model (exponential, over some 670 steps in the end); counters are taken over."""
    import torch

    decay = min(0.9985, (1 + steps) / (12 + steps))
    with torch.no_grad():
        for kept, new in zip(average.state_dict().values(), model.state_dict().values()):
            if kept.is_floating_point():
                kept.lerp_(new, 1 - decay)
            else:
                kept.copy_(new)
