"""Makes parts_*.jpg with Pillow 13: texture of 77 x 101 pixels in the ways in which JPEGs store colour.

    python make_parts.py
"""
import pathlib

import numpy as np
from PIL import Image

FOLDER = pathlib.Path(__file__).parent
HEIGHT, WIDTH = 77, 101
rng = np.random.default_rng(0)
y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
waves = [127 + 120 * np.sin(x / a + y / b) for a, b in ((3, 11), (7, 2), (5, -4))]
texture = np.stack(waves, -1) + rng.normal(0, 25, (HEIGHT, WIDTH, 3))
rgb = Image.fromarray(np.clip(texture, 0, 255).astype(np.uint8))

exif = Image.Exif()
exif[0x0112] = 7
rgb.save(FOLDER / "parts_444.jpg", quality=75, subsampling="4:4:4")
rgb.save(FOLDER / "parts_422.jpg", quality=75, subsampling="4:2:2")
rgb.save(FOLDER / "parts_420.jpg", quality=75, subsampling="4:2:0")
rgb.save(FOLDER / "parts_restart.jpg", quality=75, subsampling="4:2:0", restart_marker_blocks=3)
rgb.save(FOLDER / "parts_progressive.jpg", quality=75, subsampling="4:2:0", progressive=True)
rgb.save(FOLDER / "parts_turned7.jpg", quality=75, subsampling="4:2:0", exif=exif)
rgb.convert("L").save(FOLDER / "parts_grey.jpg", quality=75)
rgb.convert("CMYK").save(FOLDER / "parts_cmyk.jpg", quality=75)
