"""The reader: a small convolutional net that reads a strip from left to right (CTC), with a country head."""
from __future__ import annotations

import torch
from torch import nn

from fonts import ALPHABET
from formats import COUNTRY_CODES

BLANK = len(ALPHABET)
STEPS = 48


class Conv(nn.Sequential):
    """Convolution, batch norm, ReLU."""

    def __init__(self, inside: int, outside: int, kernel: tuple[int, int] = (3, 3), stride: tuple[int, int] = (1, 1),
                 padding: tuple[int, int] | None = None, relu: bool = True):
        pad = (kernel[0] // 2, kernel[1] // 2) if padding is None else padding
        layers: list[nn.Module] = [nn.Conv2d(inside, outside, kernel, stride, pad, bias=False), nn.BatchNorm2d(outside)]
        super().__init__(*(layers + ([nn.ReLU(inplace=True)] if relu else [])))


class Residual(nn.Module):
    """Two convolutions added to their input; `more` times over. What is more begins by changing nothing, so that weights of a
    shallower net can be trained on."""

    def __init__(self, channels: int, kernel: tuple[int, int] = (3, 3), more: int = 0):
        super().__init__()
        self.body = nn.Sequential(Conv(channels, channels, kernel), Conv(channels, channels, kernel, relu=False))
        self.more = nn.ModuleList(Residual(channels, kernel) for _ in range(more))
        for one in self.more:
            nn.init.zeros_(one.body[1][1].weight)  # type: ignore[index,union-attr]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(x + self.body(x))
        for one in self.more:
            x = one(x)
        return x


class Reader(nn.Module):
    """x: float [N,1,48,192], pixel / 255. Returns character logits [N,48,37] and country logits [N,C].

    Each strip is brought to zero mean and unit deviation inside the net, so that a dark picture needs no
    preparation by whoever runs it.
    """

    def __init__(self, countries: int = len(COUNTRY_CODES)):
        super().__init__()
        a, b, c, d, e = 16, 32, 64, 112, 176
        self.trunk = nn.Sequential(
            Conv(1, a, (5, 5), (2, 2)),                    # 24 x 96
            Conv(a, b, (3, 3), (2, 2)), Residual(b),       # 12 x 48
            Conv(b, c, (3, 3), (2, 1)), Residual(c, more=1),  # 6 x 48
            Conv(c, d, (3, 3), (2, 1)),                    # 3 x 48
            Conv(d, e, (3, 1), padding=(0, 0)),            # 1 x 48
            Residual(e, (1, 5)),
        )
        self.drop = nn.Dropout(0.1)
        self.characters = nn.Conv2d(e, BLANK + 1, (1, 1))
        self.country = nn.Sequential(nn.Linear(2 * e, 64), nn.ReLU(inplace=True), nn.Linear(64, countries))

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """[N,1,48,192] -> [N,176,1,48]; the part that may run in bfloat16."""
        centred = x - x.mean(dim=(2, 3), keepdim=True)
        x = centred / ((centred * centred).mean(dim=(2, 3), keepdim=True) + 1e-4).sqrt()
        return self.trunk(x)

    def heads(self, features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """[N,176,1,48] -> character logits [N,48,37], country logits [N,C]; in float32."""
        features = self.drop(features.float())
        flat = features.squeeze(2)
        pooled = torch.cat([flat.mean(dim=2), flat.amax(dim=2)], dim=1)
        return self.characters(features).squeeze(2).transpose(1, 2), self.country(pooled)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.heads(self.features(x))


def encode(text: str) -> list[int]:
    """Characters as class numbers."""
    return [ALPHABET.index(c) for c in text]


def greedy(best: list[int]) -> str:
    """Text of the best class per step: repeats joined, blanks left out."""
    out, last = [], BLANK
    for k in best:
        if k != last and k != BLANK:
            out.append(ALPHABET[k])
        last = k
    return "".join(out)
