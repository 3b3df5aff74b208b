"""Makes warped_*.png with OpenCV 5.0: noise of 61 x 47 pixels, and what warpAffine and warpPerspective
make of it with INTER_LINEAR and a repeated border. The maps are those of tests/image/warp_test.cpp, which
have pixel centres at k + 0.5; OpenCV has them at k.

    python make_warped.py
"""
import pathlib

import cv2
import numpy as np

FOLDER = pathlib.Path(__file__).parent
MAPS = {
    "turned": [[0.9, -0.5, 14.3], [0.45, 0.8, -3.6], [0, 0, 1]],
    "slanted": [[1.7, 0.35, -20.25], [-0.2, 1.3, 5.5], [0, 0, 1]],
    "mirrored": [[-1.25, 0.1, 66.0], [0.3, -0.9, 40.7], [0, 0, 1]],
    "tilted": [[1.1, 0.2, -4.0], [0.1, 1.2, -6.5], [0.004, -0.003, 1.0]],
    "tilted_more": [[0.8, -0.3, 16.0], [0.35, 0.7, -2.0], [-0.002, 0.006, 1.0]],
}
rng = np.random.default_rng(2)
source = rng.integers(0, 256, (47, 61, 3), dtype=np.uint8)
cv2.imwrite(str(FOLDER / "warped_source.png"), source[:, :, ::-1])
to_corner = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
for name, m in MAPS.items():
    moved = np.linalg.inv(to_corner) @ np.array(m) @ to_corner
    if m[2] == [0, 0, 1]:
        out = cv2.warpAffine(source, moved[:2], (64, 56), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    else:
        out = cv2.warpPerspective(source, moved, (64, 56), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    cv2.imwrite(str(FOLDER / f"warped_{name}.png"), out[:, :, ::-1])
