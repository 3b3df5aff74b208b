"""Writes fcos.safetensors: what torchvision 0.26's FCOS (torch 2.11, CPU, float32) answers.

Weights are numbers of a formula of their names, so that they need not be stored: tests/models
computes the same ones. ResNet-18 with trained batch norm, FPN of 256 channels, P3 to P7, heads of two
convolutions; two images of 256 x 384 (torchvision's stride of a level is image size // map size,
so sides are multiples of 128), classes 0 to 2. Of the head's outputs every 7th location is kept.
"""
import pathlib

import numpy as np
import torch
from torchvision.models import resnet18
from torchvision.models.detection import FCOS
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.backbone_utils import BackboneWithFPN
from torchvision.models.detection.fcos import FCOSHead
from torchvision.ops.feature_pyramid_network import LastLevelP6P7

from make_nms import write

HEIGHT, WIDTH, CLASSES, CHANNELS = 256, 384, 3, 256


def uniform(name, count):
    """Numbers in [-1, 1): SplitMix64's finaliser of FNV-1a(name) + i, its upper 24 bits."""
    key = 0xCBF29CE484222325
    for byte in name.encode():
        key = ((key ^ byte) * 0x100000001B3) % 2**64
    with np.errstate(over="ignore"):
        x = np.uint64(key) + np.arange(count, dtype=np.uint64)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x = x ^ (x >> np.uint64(31))
    return ((x >> np.uint64(40)).astype(np.float32) * np.float32(2**-23)) - np.float32(1)


def fill(name, tensor):
    if name.endswith("num_batches_tracked"):
        return
    values = torch.from_numpy(uniform(name, tensor.numel())).reshape(tensor.shape)
    if tensor.dim() == 4:
        values = values * np.float32(np.sqrt(6.0 / (tensor[0].numel())))
    elif name.endswith("running_var"):
        values = values * np.float32(0.25) + 1
    elif name.endswith("weight"):
        values = values * np.float32(0.125) + 1
    else:
        values = values * np.float32(0.125)
    with torch.no_grad():
        tensor.copy_(values)


def build():
    backbone = BackboneWithFPN(resnet18(weights=None), {"layer2": "0", "layer3": "1", "layer4": "2"},
                               [128, 256, 512], CHANNELS, LastLevelP6P7(CHANNELS, CHANNELS))
    anchors = AnchorGenerator(((8,), (16,), (32,), (64,), (128,)), ((1.0,),) * 5)
    model = FCOS(backbone, CLASSES, anchor_generator=anchors, head=FCOSHead(CHANNELS, 1, CLASSES, 2),
                 min_size=HEIGHT, max_size=WIDTH, score_thresh=0.05, nms_thresh=0.6,
                 detections_per_img=100, topk_candidates=100000)
    for name, tensor in model.state_dict().items():
        fill(name, tensor)
    return model


def calm(model):
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eval()
        if isinstance(module, (torch.nn.BatchNorm2d, torch.nn.GroupNorm)):
            with torch.no_grad():
                module.bias.add_(3)


def main():
    torch.use_deterministic_algorithms(True)
    model = build()
    pixels = (uniform("pixels", 2 * HEIGHT * WIDTH * 3) * 127.5 + 127.5).astype(np.uint8)
    images = torch.from_numpy(pixels).reshape(2, HEIGHT, WIDTH, 3).permute(0, 3, 1, 2).float() / 255
    targets = [
        {"boxes": torch.tensor([[10.0, 8.0, 50.0, 61.0], [100.5, 20.25, 340.0, 220.0],
                                [30.0, 30.0, 60.0, 50.0]]), "labels": torch.tensor([0, 2, 1])},
        {"boxes": torch.tensor([[0.0, 0.0, 384.0, 256.0], [5.0, 70.0, 33.0, 100.0]]),
         "labels": torch.tensor([1, 0])},
    ]
    tensors = {}

    model.eval()
    heads = {}
    hook = model.head.register_forward_hook(lambda _, __, out: heads.update(out))
    with torch.no_grad():
        found = model(list(images))
    for name in ("cls_logits", "bbox_regression", "bbox_ctrness"):
        tensors[f"eval.{name}"] = heads[name][:, ::7].clone()
    for index, one in enumerate(found):
        for name in ("boxes", "scores", "labels"):
            tensors[f"eval.{index}.{name}"] = one[name]
    hook.remove()

    model.train()
    losses = model(list(images), targets)
    for name, value in losses.items():
        tensors[f"loss.{name}"] = value.detach().reshape(1)

    # Gradients jump where a ReLU's input is near zero: rounding decides, and torchvision differs by
    # 0.1 from itself in double precision. With running statistics and every norm's bias raised by
    # 3 few inputs are near zero, and it agrees with itself to 1e-5.
    model = build().train()
    calm(model)
    sum(model(list(images), targets).values()).backward()
    for name, parameter in model.named_parameters():
        gradient = parameter.grad.flatten()
        places = torch.linspace(0, gradient.numel() - 1, min(64, gradient.numel())).long()
        tensors[f"gradient.{name}"] = gradient[places]
        tensors[f"gradient_norm.{name}"] = gradient.norm().reshape(1)
    write(pathlib.Path(__file__).with_name("fcos.safetensors"), tensors,
          {"made_by": "make_fcos.py, torchvision 0.26.0, torch 2.11.0"})
    print({name: value.item() for name, value in losses.items()}, [len(one["boxes"]) for one in found])


if __name__ == "__main__":
    main()
