#!/usr/bin/env python3
"""Writes coco_eval.json: small data sets with detections, and what pycocotools makes of them.

Made with pycocotools 2.0.11 and numpy 2.4.6. Usage: make_coco_eval.py [EVAL_VECTORS_FOLDER]
The arrays are kept as FNV-1a hashes of their bytes (float64, little endian, C order).
"""
import contextlib
import io
import json
import os
import random
import sys
import tempfile

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) % 2**64
    return f"{value:016x}"


def score(truth_file, results_file):
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(truth_file)
        evaluator = COCOeval(truth, truth.loadRes(results_file), "bbox")
        evaluator.evaluate()
        evaluator.accumulate()
        evaluator.summarize()
    hashes = {name: fnv1a(np.ascontiguousarray(evaluator.eval[name], dtype="<f8").tobytes())
              for name in ("precision", "scores", "recall")}
    return {"stats": [float(x) for x in evaluator.stats], "fnv1a": hashes}


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
    return {"images": [{"id": i} for i in ids],
            "categories": [{"id": c} for c in (*categories, *unused)],
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


def vectors(folder):
    with open(os.path.join(folder, "expected.json")) as file:
        entries = json.load(file)
    for name, entry in entries.items():
        if entry["iouType"] == "bbox":
            figures = score(os.path.join(folder, entry["gt"]), os.path.join(folder, entry["dt"]))
            yield {"name": name, "truth": entry["gt"], "results": entry["dt"], **figures}


def main():
    cases = []
    with tempfile.TemporaryDirectory() as folder:
        for name, truth, found in fixtures():
            files = [os.path.join(folder, f) for f in ("truth.json", "results.json")]
            for file, content in zip(files, (truth, found)):
                with open(file, "w") as out:
                    json.dump(content, out)
            cases.append({"name": name, "truth": truth, "results": found, **score(*files)})
    made = {"cases": cases, "vectors": list(vectors(sys.argv[1])) if len(sys.argv) > 1 else []}
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "coco_eval.json"), "w") as out:
        json.dump(made, out, separators=(",", ":"))
        out.write("\n")


if __name__ == "__main__":
    main()
