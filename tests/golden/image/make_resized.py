"""Makes resize_*.png: noise, and what OpenCV 5.0's cv2.resize (INTER_LINEAR) makes of it.

    python make_resized.py
"""
import pathlib

import cv2
import numpy as np

FOLDER = pathlib.Path(__file__).parent
noise = np.random.default_rng(1).integers(0, 256, (17, 23, 3), dtype=np.uint8)
cv2.imwrite(str(FOLDER / "resize_source.png"), noise)
for name, (height, width) in {"larger": (31, 40), "smaller": (11, 15), "wider": (12, 57)}.items():
    resized = cv2.resize(noise, (width, height), interpolation=cv2.INTER_LINEAR)
    cv2.imwrite(str(FOLDER / f"resize_{name}.png"), resized)
