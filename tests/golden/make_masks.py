#!/usr/bin/env python3
"""Writes masks.json: random polygons and what pycocotools 2.0.11 makes of them.

[{"size": [height, width], "polygons": [[x, y, ...], ...], "counts": text, "area", "bbox", "iou": with the entry before,
of the same size, "crowd_iou": the same with that entry as a crowd}, ...]
"""
import json
import os
import random

from pycocotools import mask as mask_utils


def polygon(rng, height, width):
    kind = rng.choice(("any", "any", "small", "outside", "whole", "thin"))
    corners = rng.choice((3, 3, 4, 5, 9, 24))
    reach = {"small": 4, "outside": 90}.get(kind, 60)
    left, top = rng.uniform(-20, width), rng.uniform(-20, height)
    points = []
    for _ in range(corners):
        x = left + rng.uniform(0, reach)
        y = top + rng.uniform(0, 1 if kind == "thin" else reach)
        points += [round(x), round(y)] if kind == "whole" else [round(x, rng.choice((1, 2))), round(y, 2)]
    return points


def main():
    rng = random.Random(5)
    entries = []
    before = None
    for i in range(160):
        if i % 2 == 0:
            size = (rng.randint(1, 70), rng.randint(1, 70))
        polygons = [polygon(rng, *size) for _ in range(rng.choice((1, 1, 2, 3)))]
        rle = mask_utils.merge(mask_utils.frPyObjects(polygons, *size))
        entry = {"size": list(size), "polygons": polygons, "counts": rle["counts"].decode(),
                 "area": int(mask_utils.area(rle)), "bbox": [float(x) for x in mask_utils.toBbox(rle)]}
        if i % 2 == 1:
            entry["iou"] = float(mask_utils.iou([rle], [before], [0])[0][0])
            entry["crowd_iou"] = float(mask_utils.iou([rle], [before], [1])[0][0])
        before = rle
        entries.append(entry)
    folder = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(folder, "masks.json"), "w") as out:
        json.dump(entries, out, separators=(",", ":"))
        out.write("\n")


if __name__ == "__main__":
    main()
