#!/usr/bin/env python3
"""Writes coco_eval.json: small data sets with results, and what pycocotools makes of them.

Made with pycocotools 2.0.11 and numpy 2.4.6.

    make_coco_eval.py [EVAL_VECTORS_FOLDER]     coco_eval.json beside this script
    make_coco_eval.py --random COUNT FILE       COUNT random cases of each type, for a longer comparison:
                                                FOVEA_SCORE_CASES=FILE test_eval --gtest_filter=*RandomCases*

Of each array a digest is kept: the sum of the bits of its doubles (C order), each times an odd number that
depends on its place, modulo 2**64. Any one double that differs changes it.
"""
import contextlib
import io
import json
import os
import random
import sys
import tempfile

import numpy as np
from pycocotools import mask as mask_utils
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

TYPES = ("bbox", "segm", "keypoints")


def digest(array):
    bits = np.ascontiguousarray(array, dtype="<f8").reshape(-1).view("<u8")
    weights = np.arange(len(bits), dtype="<u8") * np.uint64(2 * 0x9E3779B97F4A7C15 % 2**64) + np.uint64(1)
    with np.errstate(over="ignore"):
        return f"{int((bits * weights).sum(dtype='<u8')):016x}"


def score(truth_file, results_file, kind):
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(truth_file)
        evaluator = COCOeval(truth, truth.loadRes(results_file), kind)
        evaluator.evaluate()
        evaluator.accumulate()
        evaluator.summarize()
    digests = {name: digest(evaluator.eval[name]) for name in ("precision", "scores", "recall")}
    return {"stats": [float(x) for x in evaluator.stats], "digests": digests}


# ---- boxes ----

def box(rng, sides=(4, 25, 60, 150, 300)):
    side = rng.choice(sides)
    return [round(rng.uniform(0, 200), 2), round(rng.uniform(0, 200), 2),
            round(rng.uniform(1, side), 2), round(rng.uniform(1, side), 2)]


def near(rng, b, amount):
    reach = amount * max(b[2], b[3])
    return [round(x + rng.uniform(-reach, reach), 3) for x in b[:2]] + [
        round(x * (1 + rng.uniform(-amount, amount)), 3) for x in b[2:]]


def data_set(rng, images=5, categories=(3, 7, 90), objects=24, crowds=0, first_id=1, unused=()):
    ids = list(range(11, 11 + images))
    rng.shuffle(ids)
    annotations = []
    for i in range(objects):
        b = box(rng)
        annotations.append({"id": first_id + i, "image_id": rng.choice(ids[:-1]),
                            "category_id": rng.choice(categories), "bbox": b,
                            "area": round(b[2] * b[3] * rng.uniform(0.5, 1), 3),
                            "iscrowd": int(i < crowds)})
    rng.shuffle(annotations)
    return {"images": [{"id": i, "height": 120, "width": 160} for i in ids],
            "categories": [{"id": c, "name": f"c{c}"} for c in (*categories, *unused)],
            "annotations": annotations}


def detections(rng, truth, per_object=2, digits=3, extra=10):
    found = []
    add = lambda image, category, b: found.append(
        {"image_id": image, "category_id": category, "bbox": b,
         "score": round(rng.random(), digits)})
    for a in truth["annotations"]:
        for _ in range(rng.randint(0, per_object)):
            add(a["image_id"], a["category_id"], near(rng, a["bbox"], rng.choice((0, 0.05, 0.2))))
    for _ in range(extra):
        add(rng.choice(truth["images"])["id"], rng.choice(truth["categories"])["id"], box(rng))
    rng.shuffle(found)
    return found


# ---- masks ----

def polygon(rng, b, corners):
    """A polygon around the ellipse in a box, its corners moved about."""
    points = []
    for i in range(corners):
        angle = 2 * np.pi * (i + rng.uniform(-0.3, 0.3)) / corners
        reach = rng.uniform(0.8, 1.1)
        points.append(round(b[0] + b[2] / 2 * (1 + reach * np.cos(angle)), 2))
        points.append(round(b[1] + b[3] / 2 * (1 + reach * np.sin(angle)), 2))
    return points


def runs(polygons, image):
    rles = mask_utils.frPyObjects(polygons, image["height"], image["width"])
    return mask_utils.merge(rles)


def listed(rle):
    mask = mask_utils.decode(rle).T.reshape(-1)
    counts, value = [0], 0
    for pixel in mask:
        if pixel != value:
            counts.append(0)
            value = pixel
        counts[-1] += 1
    return {"size": rle["size"], "counts": counts}


def texted(rle):
    return {"size": rle["size"], "counts": rle["counts"].decode()}


def with_masks(rng, truth):
    images = {image["id"]: image for image in truth["images"]}
    for a in truth["annotations"]:
        a["bbox"] = [min(a["bbox"][0], 120), min(a["bbox"][1], 80), a["bbox"][2], a["bbox"][3]]
        parts = [polygon(rng, a["bbox"], rng.choice((3, 5, 12, 30))) for _ in range(rng.choice((1, 1, 1, 2)))]
        rle = runs(parts, images[a["image_id"]])
        form = rng.choice(("polygons", "polygons", "text", "counts"))
        if a["iscrowd"]:
            form = "counts"
        a["segmentation"] = parts if form == "polygons" else texted(rle) if form == "text" else listed(rle)
        a["area"] = float(mask_utils.area(rle))
        a["bbox"] = [float(x) for x in mask_utils.toBbox(rle)]
    return truth


def masks(rng, truth, found, form):
    """Gives detections masks; form: "mask", "both" (a box beside it) or "box" (no mask at all)."""
    images = {image["id"]: image for image in truth["images"]}
    if form == "box":
        return found
    for d in found:
        b = [max(-20, min(d["bbox"][0], 150)), max(-20, min(d["bbox"][1], 110)), *d["bbox"][2:]]
        d["segmentation"] = texted(runs([polygon(rng, b, rng.choice((4, 9, 20)))], images[d["image_id"]]))
        if form == "mask":
            del d["bbox"]
    return found


# ---- keypoints ----

def points_in(rng, b, spread=1.0):
    numbers = []
    for _ in range(17):
        numbers += [round(b[0] + b[2] * rng.uniform(0.5 - spread / 2, 0.5 + spread / 2), 1),
                    round(b[1] + b[3] * rng.uniform(0.5 - spread / 2, 0.5 + spread / 2), 1), 2]
    return numbers


def with_keypoints(rng, truth):
    for a in truth["annotations"]:
        a["keypoints"] = points_in(rng, a["bbox"])
        labelled = rng.choice((0, 1, 5, 17, 17))
        for i in range(17):
            a["keypoints"][3 * i + 2] = rng.choice((1, 2)) if i < labelled else 0
        a["num_keypoints"] = labelled
    return truth


def keypoints(rng, truth, found, form):
    by_image = {}
    for a in truth["annotations"]:
        by_image.setdefault(a["image_id"], []).append(a)
    for d in found:
        near_by = by_image.get(d["image_id"])
        if near_by and rng.random() < 0.8:
            a = rng.choice(near_by)
            reach = rng.choice((0, 0.02, 0.1, 0.3)) * max(a["bbox"][2:])
            d["keypoints"] = [x if i % 3 == 2 else round(x + rng.uniform(-reach, reach), 2)
                              for i, x in enumerate(a["keypoints"])]
            d["category_id"] = a["category_id"]
        else:
            d["keypoints"] = points_in(rng, d["bbox"])
        if form == "mask":
            del d["bbox"]
    return found


# ---- cases ----

def fixtures():
    rng = random.Random(4)
    plain = data_set(rng)
    yield "plain", plain, detections(rng, plain)
    tied = data_set(rng)
    yield "equal scores", tied, detections(rng, tied, per_object=4, digits=1)
    crowded = data_set(rng, crowds=8)
    yield "crowds", crowded, detections(rng, crowded, per_object=4)
    zero = data_set(rng, objects=6, first_id=0)
    yield "annotation id 0", zero, [
        {"image_id": a["image_id"], "category_id": a["category_id"], "bbox": a["bbox"],
         "score": 0.9 - a["id"] / 10} for a in zero["annotations"]]
    empty = data_set(rng, categories=(3,), unused=(1, 50), objects=7)
    yield "categories without truth", empty, detections(rng, empty)
    many = data_set(rng, images=2, categories=(1,), objects=12)
    yield "over 100 detections", many, detections(rng, many, per_object=30, digits=2, extra=60)
    flat = data_set(rng, objects=8)
    for a in flat["annotations"][:3]:
        a["bbox"][2] = 0
        a["area"] = 0
    yield "boxes without area", flat, detections(rng, flat)
    edge = data_set(rng, objects=8)
    for a, area in zip(edge["annotations"], (1024, 9216, 1024.5, 0, 9215.99, 1e10, 2e10, 1024)):
        a["area"] = area
    yield "areas on the borders", edge, detections(rng, edge)


def random_case(kind, seed):
    rng = random.Random(f"{kind} {seed}")
    truth = data_set(rng, images=rng.randint(2, 6), categories=tuple(rng.sample(range(1, 99), rng.randint(1, 4))),
                     objects=rng.randint(1, 30), crowds=rng.choice((0, 0, 3)), first_id=rng.choice((0, 1, 1)),
                     unused=rng.choice(((), (100, 101))))
    found = detections(rng, truth, per_object=rng.randint(1, 6), digits=rng.choice((1, 2, 5)),
                       extra=rng.choice((1, 10, 150)))
    form = rng.choice(("mask", "both", "both", "box"))
    if kind == "segm":
        truth, found = with_masks(rng, truth), masks(rng, truth, found, form)
    if kind == "keypoints":
        truth = with_keypoints(rng, truth)
        found = keypoints(rng, truth, found, form)
    return truth, found


def vectors(folder):
    with open(os.path.join(folder, "expected.json")) as file:
        entries = json.load(file)
    for name, entry in entries.items():
        kind = entry["iouType"]
        figures = score(os.path.join(folder, entry["gt"]), os.path.join(folder, entry["dt"]), kind)
        yield {"name": name, "iou_type": kind, "truth": entry["gt"], "results": entry["dt"], **figures}


def case(name, kind, truth, found, folder):
    files = [os.path.join(folder, f) for f in ("truth.json", "results.json")]
    for file, content in zip(files, (truth, found)):
        with open(file, "w") as out:
            json.dump(content, out)
    return {"name": name, "iou_type": kind, "truth": truth, "results": found, **score(*files, kind)}


def write(made, file):
    with open(file, "w") as out:
        json.dump(made, out, separators=(",", ":"))
        out.write("\n")


def main():
    with tempfile.TemporaryDirectory() as folder:
        if sys.argv[1:2] == ["--random"]:
            cases = [case(f"{kind} {seed}", kind, *random_case(kind, seed), folder)
                     for kind in TYPES for seed in range(int(sys.argv[2]))]
            write({"cases": cases}, sys.argv[3])
            return
        cases = [case(name, "bbox", truth, found, folder) for name, truth, found in fixtures()]
        cases += [case(f"{kind} {seed}", kind, *random_case(kind, 10_000 + seed), folder)
                  for kind in TYPES[1:] for seed in range(8)]
    made = {"cases": cases, "vectors": list(vectors(sys.argv[1])) if len(sys.argv) > 1 else []}
    write(made, os.path.join(os.path.dirname(os.path.abspath(__file__)), "coco_eval.json"))


if __name__ == "__main__":
    main()
