"""Small networks of other libraries, and FAIR's ConvNeXt by the names in its files."""

from dataclasses import replace

import torch
from timm.models import convnext as timm_convnext
from timm.models import resnet as timm_resnet
from torch import nn
from torchvision.models import convnext, resnet

from roadmap.network.design import Design
from roadmap.network.variants import VARIANTS

DEPTHS, DIMS = (1, 2, 1, 1), (8, 16, 32, 64)
RESNET = Design(depths=DEPTHS)
CONVNEXT = replace(VARIANTS["convnext_tiny"], depths=DEPTHS, width=8)
UNSCALED = replace(CONVNEXT, layer_scale=None)
ISO = replace(VARIANTS["convnext_iso_small"], depths=(3,), width=8)
SCALED_ISO = replace(ISO, layer_scale=1e-6)


class FairNorm(nn.LayerNorm):
    """Over the channels of a map."""

    def forward(self, x):
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)


class FairBlock(nn.Module):
    def __init__(self, dim, scaled=True):
        super().__init__()
        self.dwconv = nn.Conv2d(dim, dim, 7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.pwconv1 = nn.Linear(dim, 4 * dim)
        self.pwconv2 = nn.Linear(4 * dim, dim)
        self.gamma = nn.Parameter(torch.ones(dim)) if scaled else 1

    def forward(self, x):
        y = self.norm(self.dwconv(x).movedim(1, -1))
        y = self.pwconv2(nn.functional.gelu(self.pwconv1(y))) * self.gamma
        return x + y.movedim(-1, 1)


class Fair(nn.Module):
    def __init__(self):
        super().__init__()
        layers = [nn.Conv2d(3, DIMS[0], 4, 4), FairNorm(DIMS[0], eps=1e-6)]
        self.downsample_layers = nn.ModuleList([nn.Sequential(*layers)])
        for dim in DIMS[:-1]:
            layers = [FairNorm(dim, eps=1e-6), nn.Conv2d(dim, 2 * dim, 2, 2)]
            self.downsample_layers.append(nn.Sequential(*layers))
        self.stages = nn.ModuleList(
            nn.Sequential(*(FairBlock(dim) for _ in range(depth)))
            for dim, depth in zip(DIMS, DEPTHS, strict=True)
        )
        self.norm = nn.LayerNorm(DIMS[-1], eps=1e-6)
        self.head = nn.Linear(DIMS[-1], 10)

    def forward(self, x):
        for downsample, stage in zip(self.downsample_layers, self.stages, strict=True):
            x = stage(downsample(x))
        return self.head(self.norm(x.mean((2, 3))))


class FairIsotropic(nn.Module):
    def __init__(self, scaled):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 16, 16)
        self.blocks = nn.Sequential(*(FairBlock(8, scaled) for _ in range(3)))
        self.norm = nn.LayerNorm(8, eps=1e-6)
        self.head = nn.Linear(8, 10)

    def forward(self, x):
        return self.head(self.norm(self.blocks(self.stem(x)).mean((2, 3))))


def torchvision_convnext():
    outs = (*DIMS[1:], None)
    sizes = zip(DIMS, outs, DEPTHS, strict=True)
    settings = [convnext.CNBlockConfig(*size) for size in sizes]
    return convnext.ConvNeXt(settings, num_classes=10)


def timm_convnext_of(**kwargs):
    return timm_convnext.ConvNeXt(num_classes=10, depths=DEPTHS, dims=DIMS, **kwargs)


NETWORKS = {
    "torchvision resnet": (
        lambda: resnet.ResNet(resnet.Bottleneck, list(DEPTHS), num_classes=10),
        RESNET,
    ),
    "timm resnet": (
        lambda: timm_resnet.ResNet(timm_resnet.Bottleneck, DEPTHS, num_classes=10),
        RESNET,
    ),
    "torchvision convnext": (torchvision_convnext, CONVNEXT),
    "timm convnext": (timm_convnext_of, CONVNEXT),
    "timm unscaled": (lambda: timm_convnext_of(ls_init_value=None), UNSCALED),
    "fair convnext": (Fair, CONVNEXT),
    "fair isotropic": (lambda: FairIsotropic(scaled=False), ISO),
    "fair isotropic, scaled": (lambda: FairIsotropic(scaled=True), SCALED_ISO),
}
"""What builds each, and the design that it is; the first word is its format."""


@torch.no_grad()
def randomized(network):
    """Return the network in float64 with no trivial norm, scale, statistic or count."""
    torch.manual_seed(0)
    for tensor in network.double().eval().state_dict().values():
        is_vector = tensor.ndim > 0 and tensor.numel() == len(tensor)
        low, high = (0.5, 1.5) if is_vector else (-0.05, 0.05)
        tensor.uniform_(low, high) if tensor.is_floating_point() else tensor.fill_(7)
    return network
