"""A ring of rendered samples in shared memory: one process renders, the training draws from it.

Rendering costs about as much as a training step, so each sample is used a few times (`reuse`) before it is
overwritten; the renderer waits when it is ahead.
"""
from __future__ import annotations

import multiprocessing as mp
import os
import time
from pathlib import Path

import cv2
import numpy as np

import samples
from fonts import ALPHABET, FontPool
from formats import COUNTRY_CODES
from scene_clutter import Lettering
from straighten import HEIGHT, WIDTH

MAX_TEXT = 10


class Ring:
    """strips uint8 [n,48,192]; texts int64 [n,10] padded with -1; countries int64 [n], -1 where unknown to anybody;
    losses float32 [n], what the trainer noted of each, -1 before it saw the sample."""

    def __init__(self, size: int):
        ctx = mp.get_context("fork")
        self.size = size
        self.strips = np.frombuffer(ctx.RawArray("B", size * HEIGHT * WIDTH), np.uint8).reshape(size, HEIGHT, WIDTH)
        self.texts = np.frombuffer(ctx.RawArray("q", size * MAX_TEXT), np.int64).reshape(size, MAX_TEXT)
        self.countries = np.frombuffer(ctx.RawArray("q", size), np.int64)
        self.losses = np.frombuffer(ctx.RawArray("f", size), np.float32)
        self.rendered = ctx.RawValue("q", 0)
        self.trained = ctx.RawValue("q", 0)
        self.progress = ctx.RawValue("d", 0.0)
        self.stopping = ctx.RawValue("b", 0)
        self._ctx = ctx
        self._workers: list[mp.process.BaseProcess] = []

    def start(self, workers: int, seed: int, data: Path | None, reuse: float, straightener: Path | None = None) -> None:
        """Fork the renderers. Call before torch has started threads."""
        for i in range(workers):
            worker = self._ctx.Process(target=self._render, daemon=True,
                                       args=(seed + 7919 * i, i, workers, data, reuse, straightener, os.getpid()))
            worker.start()
            self._workers.append(worker)

    def filled(self) -> int:
        """How many slots hold a sample."""
        return min(int(self.rendered.value), self.size)

    def stop(self) -> None:
        """End the renderers."""
        self.stopping.value = 1
        for worker in self._workers:
            worker.join(timeout=10)

    def alive(self) -> bool:
        """False when a renderer died."""
        return all(worker.is_alive() for worker in self._workers)

    def put(self, slot: int, sample: samples.Sample) -> None:
        """Store one sample."""
        self.strips[slot] = sample.strip
        row = np.full(MAX_TEXT, -1, np.int64)
        row[:len(sample.text)] = [ALPHABET.index(c) for c in sample.text[:MAX_TEXT]]
        self.texts[slot] = row
        self.countries[slot] = COUNTRY_CODES.index(sample.country) if sample.country else -1
        self.losses[slot] = -1

    def _render(self, seed: int, index: int, workers: int, data: Path | None, reuse: float,
                straightener: Path | None, parent: int) -> None:
        cv2.setNumThreads(1)
        rng = np.random.default_rng(seed)
        fonts = FontPool("train", data)
        letters = Lettering([font.path for font in fonts.fonts], rng)
        correct = None
        if straightener is not None:
            import torch
            from straightener import Corrector
            torch.set_num_threads(1)
            correct = Corrector(straightener)
        real = None
        if data is not None:
            real = samples.load_real(data, "dashcam-ro", "train")
            mixed = samples.load_real(data, "street-mixed")
            real.plates += mixed.plates
            real.scenes += mixed.scenes
        slot = index
        while not self.stopping.value and os.getppid() == parent:
            progress = self.progress.value
            sample = samples.mixed(rng, fonts, letters, real, 0.04 if progress < 0.75 else 0.1,
                                   strength=float(np.clip(0.35 + progress * 9, 0.35, 1.0)), correct=correct)
            if len(sample.text) > MAX_TEXT:
                continue
            self.put(slot, sample)
            slot = (slot + workers) % self.size
            self.rendered.value += 1
            while (self.rendered.value > self.size // 3 and self.rendered.value * reuse > self.trained.value + self.size
                   and not self.stopping.value and os.getppid() == parent):
                time.sleep(0.02)
