"""Makes policy.png with torchvision 0.26: a texture, and below it what each change of RandAugment makes of it.

    python make_policy.py
"""
import pathlib

import numpy as np
import torch
from PIL import Image
from torchvision.transforms.v2 import functional as F

FOLDER = pathlib.Path(__file__).parent
HEIGHT, WIDTH = 20, 33
rng = np.random.default_rng(1)
y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
waves = [110 + 60 * np.sin(x / a + y / b) for a, b in ((3, 11), (7, 2), (5, -4))]
texture = np.clip(np.stack(waves, -1) + rng.normal(0, 15, (HEIGHT, WIDTH, 3)), 0, 255).astype(np.uint8)
picture = torch.from_numpy(texture).permute(2, 0, 1)

changed = [
    picture,
    F.adjust_brightness(picture, 0.3),
    F.adjust_brightness(picture, 1.7),
    F.adjust_saturation(picture, 0.4),
    F.adjust_saturation(picture, 1.9),
    F.adjust_contrast(picture, 0.5),
    F.adjust_contrast(picture, 1.6),
    F.adjust_sharpness(picture, 0.2),
    F.adjust_sharpness(picture, 1.8),
    F.posterize(picture, 3),
    F.posterize(picture, 6),
    F.solarize(picture, 100),
    F.autocontrast(picture),
    F.equalize(picture),
]
strip = torch.cat(changed, 1).permute(1, 2, 0).numpy()
Image.fromarray(strip).save(FOLDER / "policy.png")
