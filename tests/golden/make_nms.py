"""Writes nms.safetensors: boxes, scores, labels and what torchvision 0.26 (torch 2.11) keeps.

The .safetensors file is written by hand from the format's description, so that reading it in the
tests also checks the reader against something that is not its own writer.
"""
import json
import pathlib
import struct

import torch
from torchvision.ops import nms
from torchvision.ops.boxes import _batched_nms_vanilla


def case(count, side, classes, grid, generator, dtype=torch.float32):
    corner = torch.rand(count, 2, generator=generator) * side
    size = torch.rand(count, 2, generator=generator) * side / 3
    boxes = torch.cat([corner, corner + size], 1)
    if grid:  # whole pixels and few score levels: many exact ties, boxes without area
        boxes = boxes.round()
    scores = torch.rand(count, generator=generator)
    if grid:
        scores = (scores * 8).floor() / 8
    labels = torch.randint(classes, (count,), generator=generator)
    return boxes.to(dtype), scores.to(dtype), labels


def main():
    generator = torch.Generator().manual_seed(7)
    cases = [
        (*case(400, 60, 3, False, generator), 0.6),
        (*case(300, 12, 4, True, generator), 0.5),
        (*case(300, 12, 1, True, generator), 1 / 3),
        (*case(120, 30, 80, False, generator, torch.float64), 0.3),
        (*case(40, 20, 2, True, generator), 0.0),
        (*case(40, 20, 2, True, generator), 1.0),
        (torch.zeros(0, 4), torch.zeros(0), torch.zeros(0, dtype=torch.int64), 0.5),
    ]
    tensors, metadata = {}, {"count": str(len(cases))}
    for index, (boxes, scores, labels, threshold) in enumerate(cases):
        tensors[f"{index}.boxes"] = boxes
        tensors[f"{index}.scores"] = scores
        tensors[f"{index}.labels"] = labels
        tensors[f"{index}.kept"] = nms(boxes, scores, threshold)
        by_class = _batched_nms_vanilla(boxes, scores, labels, threshold)
        by_class = by_class.sort().values  # its last sort leaves equal scores in any order
        by_class = by_class[scores[by_class].sort(descending=True, stable=True).indices]
        tensors[f"{index}.kept_by_class"] = by_class
        metadata[f"{index}.threshold"] = repr(threshold)
    write(pathlib.Path(__file__).with_name("nms.safetensors"), tensors, metadata)


def write(path, tensors, metadata):
    names = {torch.float32: "F32", torch.float64: "F64", torch.int64: "I64"}
    header, data = {"__metadata__": metadata}, b""
    for name, tensor in tensors.items():
        raw = tensor.contiguous().numpy().tobytes()
        header[name] = {
            "dtype": names[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


main()
