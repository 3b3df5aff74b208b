#!/usr/bin/env bash
# Checks everything that needs a GPU, in one go and in about ten minutes:
#   1. names the GPU and its driver
#   2. opens the CUDA plugin and asks it for the GPU (test_ops, tests of CudaPlugin)
#   3. trains the quick start's recipe on the GPU and prints images per second
#   4. exports the model and runs fovea-infer on the GPU, with its self-test
#   5. measures loader and network on the GPU: who waits for whom
#   6. compares the evaluation of the same weights on the CPU and on the GPU
#   7. where there are several GPUs: trains on all of them, one process each (NCCL)
# Needs no compiler: programs that were built elsewhere will do, and the LibTorch of any Python that
# holds torch 2.11. Exit status 0 when all of it went well; the last line says what did not.
#
#   scripts/gpu_check.sh [BUILD]    BUILD holds bin/ and lib/ (default: build)
#
# FOVEA_TORCH   the folder that holds LibTorch's lib/ (default: that of python3's torch)
# FOVEA_EXTRA   folders of further libraries, separated by colons (fmt, yaml-cpp, cairo ...)
# FOVEA_STEPS   how many training steps (default 300)
set -euo pipefail
cd "$(dirname "$0")/.."
build=$(realpath "${1:-build}")
steps=${FOVEA_STEPS:-300}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() { printf '\n== %s\n' "$*"; }
failed=()
check() {  # check NAME COMMAND...: goes on after a failure and remembers it
  say "$1"
  if ! "${@:2}"; then failed+=("$1"); fi
}

command -v nvidia-smi >/dev/null || {
  echo "gpu_check: no nvidia-smi here; run this on a machine with an NVIDIA GPU and its driver" >&2
  exit 2
}
torch=${FOVEA_TORCH:-$(python3 -c 'import os, torch; print(os.path.dirname(torch.__file__))' 2>/dev/null)} || {
  echo "gpu_check: no LibTorch found; name its folder in FOVEA_TORCH" >&2
  exit 2
}
# LibTorch's CUDA libraries find those of the wheels beside it by themselves; those that a program
# of ours names directly need the path.
libraries=$build/lib:$torch/lib
for folder in "$torch"/../nvidia/*/lib; do
  if [ -d "$folder" ]; then libraries=$libraries:$folder; fi
done
export LD_LIBRARY_PATH=$libraries${FOVEA_EXTRA:+:$FOVEA_EXTRA}${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export PATH=$build/bin:$PATH

say "GPU"
nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader
gpus=$(nvidia-smi --query-gpu=index --format=csv,noheader | wc -l)

plugin() {
  local said
  said=$(test_ops --gtest_filter='CudaPlugin.*') || { echo "$said"; return 1; }
  grep -E '^\[ +(OK|SKIPPED|FAILED)' <<<"$said"
  ! grep -q SKIPPED <<<"$said"  # with a GPU at hand nothing may be skipped
}
check "CUDA plugin" plugin

fovea-data synthesize "$work/shapes" --quiet

# train NAME ARGUMENTS...: trains, then prints images per second from the steps' own times.
train() {
  local name=$1 batch start end
  shift
  batch=${BATCH:-64}
  start=$(date +%s.%N)
  fovea train configs/quickstart.yaml data.root="$work/shapes" run.dir="$work/$name" \
    train.batch="$batch" train.epochs=$((steps * batch / 400 + 1)) --quiet "$@" || return 1
  end=$(date +%s.%N)
  awk -v s="$start" -v e="$end" -v n=$(((steps * batch / 400 + 1) * 400)) -v name="$name" \
    'BEGIN { printf "%s: %d images in %.1f s, %.0f images/s with start and evaluation\n", name, n, e - s, n / (e - s) }'
  tail -n 1 "$work/$name/metrics.jsonl"
}
check "training on one GPU" train one device=cuda

infer() {
  fovea export "$work/one" -o "$work/model.pt" &&
    fovea-infer "$work/model.pt" --self-test --device cuda &&
    fovea-infer "$work/model.pt" "$work/shapes/val" --device cuda --json "$work/gpu.json" \
      --save-images --out "$work/pictures" &&
    [ -s "$work/gpu.json" ]
}
check "inference on the GPU" infer

bench() {
  fovea inspect configs/quickstart.yaml data.root="$work/shapes" device=cuda train.batch=64 augment.hue.p=1 \
    loader.workers="$(nproc)" --bench 3 2>&1 | sed -n '/^stage/,$p' | grep .
}
check "loader and network" bench

# The same weights, scored on both devices: the 12 figures agree to 3 decimals.
compare() {
  local device
  for device in cpu cuda; do
    fovea eval "$work/one" device=$device --out "$work/eval_$device" --quiet || return 1
  done
  python3 - "$work/eval_cpu/metrics.json" "$work/eval_cuda/metrics.json" <<'PYTHON'
import json, sys
cpu, cuda = (json.load(open(f))["stats"] for f in sys.argv[1:])
worst = max(abs(a - b) for a, b in zip(cpu, cuda, strict=True))
print(f"{len(cpu)} figures, largest difference CPU to GPU: {worst:.2e}")
sys.exit(worst > 1e-3)
PYTHON
}
check "evaluation on CPU and GPU" compare

if [ "$gpus" -gt 1 ]; then
  BATCH=$((64 * gpus)) check "training on $gpus GPUs" train all device=cuda --gpus all
fi

say "summary"
if [ ${#failed[@]} -gt 0 ]; then
  printf 'failed: %s\n' "${failed[*]}"
  exit 1
fi
echo "all GPU checks passed"
