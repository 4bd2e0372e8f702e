"""The detector's net: finds number plates in a grey picture and says where their four corners are.

One picture in, two maps out at a stride of 8 pixels. It stands apart from training and export so that both, and
anybody who loads a checkpoint, build exactly the same net.

Size matters more than elegance here: it has to run in ten milliseconds on one core of a small box. Most of the work is
therefore done at strides 8 and 16: at strides 2 and 4 there is one convolution each.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

STRIDE_PX = 8
"""Pixels of the net's input per cell of its output."""

MEAN = 0.45
SCALE = 4.0
"""A pixel p in 0..255 enters the net as (p / 255 - MEAN) * SCALE."""

LOG_SIZE_LIMIT = 4.0
"""The net's size factor stays within exp(-4)..exp(4) strides: 0.15 to 437 pixels of half a diagonal."""


class ConvBlock(nn.Sequential):
    """Convolution, batch norm and (unless told otherwise) ReLU; padding keeps the size apart from the stride."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1, relu: bool = True) -> None:
        layers: list[nn.Module] = [
            nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
            nn.BatchNorm2d(outputs),
        ]
        if relu:
            layers.append(nn.ReLU(inplace=True))
        super().__init__(*layers)


class Residual(nn.Module):
    """A bottleneck: 1x1 down to `middle` channels, 3x3 there, 1x1 back, added to what came in."""

    def __init__(self, channels: int, middle: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            ConvBlock(channels, middle, 1), ConvBlock(middle, middle, 3), ConvBlock(middle, channels, 1, relu=False)
        )

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.body(x), inplace=True)


class Detector(nn.Module):
    """Grey picture [N,1,H,W] (H, W multiples of 32) to heat logits [N,1,H/8,W/8] and corners [N,8,H/8,W/8] in pixels.

    A cell's eight corner values are x and y of top-left, top-right, bottom-right and bottom-left of the plate in its
    reading orientation, relative to the middle of the cell. They are predicted as a shape times a size: plates from 16
    to 300 pixels then ask for numbers of the same order, and an error is relative to the plate.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(ConvBlock(1, 8, 3, 2), ConvBlock(8, 24, 3, 2))
        self.stage8 = nn.Sequential(ConvBlock(24, 48, 3, 2), Residual(48, 24))
        self.stage16 = nn.Sequential(ConvBlock(48, 80, 3, 2), Residual(80, 40), Residual(80, 40))
        self.stage32 = nn.Sequential(ConvBlock(80, 112, 3, 2), Residual(112, 56), Residual(112, 56), Residual(112, 56))
        self.up32 = ConvBlock(112, 80, 1, relu=False)
        self.merge16 = Residual(80, 40)
        self.up16 = ConvBlock(80, 48, 1, relu=False)
        self.merge8 = nn.Sequential(Residual(48, 24), ConvBlock(48, 36, 3))
        self.heat = nn.Conv2d(36, 1, 1)
        self.geometry = nn.Conv2d(36, 9, 1)
        self._start()

    def _start(self) -> None:
        nn.init.normal_(self.heat.weight, std=0.01)
        nn.init.constant_(self.heat.bias, -4.0)  # plates are rare: start sure that there is none
        nn.init.normal_(self.geometry.weight, std=0.01)
        half_width, half_height = 0.97, 0.24  # a European plate, 520 mm by 110 mm, half a diagonal being 1
        shape = [-half_width, -half_height, half_width, -half_height, half_width, half_height, -half_width, half_height]
        with torch.no_grad():
            self.geometry.bias.copy_(torch.tensor([*shape, 1.2]))  # e^1.2 strides: about 50 pixels wide

    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        return self.heads(self.features(picture))

    def features(self, picture: Tensor) -> Tensor:
        """[N,1,H,W] -> [N,36,H/8,W/8]; the part that may run in bfloat16."""
        at8 = self.stage8(self.stem(picture))
        at16 = self.stage16(at8)
        at32 = self.stage32(at16)
        at16 = self.merge16(F.relu(at16 + F.interpolate(self.up32(at32), scale_factor=2.0, mode="nearest")))
        return self.merge8(F.relu(at8 + F.interpolate(self.up16(at16), scale_factor=2.0, mode="nearest")))

    def heads(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Heat logits and corners in pixels; corners want more digits than bfloat16 has."""
        geometry = self.geometry(features)
        size = geometry[:, 8:9].clamp(-LOG_SIZE_LIMIT, LOG_SIZE_LIMIT).exp() * STRIDE_PX
        return self.heat(features), geometry[:, :8] * size


class ExportedDetector(nn.Module):
    """What the ONNX file holds: heat after the sigmoid, its 3x3 peaks, and the corners in pixels.

    `peak` is heat where heat is the largest of its 3x3 neighbourhood and 0 elsewhere: the runtime only thresholds.
    """

    def __init__(self, detector: Detector) -> None:
        super().__init__()
        self.detector = detector

    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        logits, corners = self.detector(picture)
        heat = torch.sigmoid(logits)
        largest = F.max_pool2d(heat, 3, 1, 1)
        peak = heat * (heat >= largest).to(heat.dtype)
        return heat, peak, corners
