"""Makes the pictures of this folder with Pillow 13: NAME.EXT and, as Pillow sees it, NAME.EXT.rgb.png.

    python make_images.py
"""
import pathlib

import numpy as np
from PIL import Image, ImageOps

FOLDER = pathlib.Path(__file__).parent
HEIGHT, WIDTH = 9, 13
y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
pixels = np.stack([x * 19, y * 28, 255 - (x + y) * 12], -1).astype(np.uint8)
pixels[2:5, 3:9] = (255, 30, 0)
rgb = Image.fromarray(pixels)
rgba = rgb.copy()
rgba.putalpha(Image.fromarray((x * 20).astype(np.uint8)))
grey16 = Image.fromarray((x * 4000 + y * 1500 + 77).astype(np.uint16))


def save(name, image, **options):
    path = FOLDER / name
    image.save(path, **options)
    with Image.open(path) as stored:
        if stored.mode == "I;16":  # Pillow would clip; the high byte is what is meant
            expected = Image.fromarray((np.asarray(stored) >> 8).astype(np.uint8)).convert("RGB")
        else:
            expected = ImageOps.exif_transpose(stored).convert("RGB")
    expected.save(FOLDER / (name + ".rgb.png"))


def exif(orientation):
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags


save("baseline.jpg", rgb, quality=80)
save("progressive.jpg", rgb, quality=80, progressive=True)
save("grey.jpg", rgb.convert("L"))
save("cmyk.jpg", rgb.convert("CMYK"))
save("keep_rgb.jpg", rgb, keep_rgb=True)
save("grey.png", rgb.convert("L"))
save("grey16.png", grey16)
save("grey_alpha.png", rgba.convert("LA"))
save("palette4.png", rgb.quantize(16), bits=4, transparency=3)
save("rgba.png", rgba)
save("one_bit.png", rgb.convert("1"))
save("rgba.webp", rgba, lossless=True, exact=True)
save("lossy.webp", rgb, quality=80)
save("lzw.tif", rgb, compression="tiff_lzw")
save("rgba.tif", rgba)
save("palette.bmp", rgb.convert("P"))
save("rgb.bmp", rgb)
save("one_bit.bmp", rgb.convert("1"))
for ending in ["jpg", "png", "webp", "tif"]:
    save(f"turned6.{ending}", rgb, exif=exif(6), **({"lossless": True} if ending == "webp" else {}))
rgb.save(FOLDER / "animated.png", save_all=True, append_images=[rgb.rotate(180)])
rgb.save(FOLDER / "animated.webp", save_all=True, append_images=[rgb.rotate(180)])
rgb.save(FOLDER / "pages.tif", save_all=True, append_images=[rgb.rotate(180)])
rgb.save(FOLDER / "picture.gif")
