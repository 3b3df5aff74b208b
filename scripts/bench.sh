#!/usr/bin/env bash
# Times what a user waits for, on this machine, after scripts/build.sh: start-up, data, training,
# scoring and inference. Each figure is the median of several runs; compare two builds on the same
# quiet machine, one after the other.
#
#   scripts/bench.sh [BUILD]      default: build
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${1:-build}/bin
[ -x "$bin/fovea" ] || {
  echo "fovea: $bin: holds no fovea; run scripts/build.sh first" >&2
  exit 2
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# median NAME TIMES COMMAND...: seconds of a whole process
median() {
  local name=$1 times=$2 start
  shift 2
  for _ in $(seq "$times"); do
    start=$EPOCHREALTIME
    "$@" > /dev/null 2>&1
    echo "$start $EPOCHREALTIME" | awk '{ print $2 - $1 }'
  done | sort -n | awk -v name="$name" '{ t[NR] = $1 } END { printf "%-44s %8.3f s\n", name, t[int((NR + 1) / 2)] }'
}

median "fovea-data --help" 11 "$bin/fovea-data" --help
median "fovea --help" 11 "$bin/fovea" --help
median "fovea-infer --help" 11 "$bin/fovea-infer" --help
"$bin/fovea-data" synthesize "$work/photos" --train 240 --val 1 --size 640 --quiet
for kind in crop crop-linear mosaic mosaic-near mosaic-kept; do
  printf '%-44s %8.1f img/s\n' "loader on one core, $kind" \
    "$(scripts/bench_loader.sh "$kind" "$work/photos" 1 3 "${1:-build}" | sed 's/ .*//')"
done
median "synthesize 400 + 80 pictures" 1 "$bin/fovea-data" synthesize "$work/shapes"
train=("$bin/fovea" train configs/quickstart.yaml data.root="$work/shapes" train.epochs=2)
"${train[@]}" run.dir="$work/run" 2> "$work/log"
grep -o '[0-9.]* img/s' "$work/log" | tail -n 1 | awk '{ printf "%-44s %8.1f img/s\n", "train, quick start", $1 }'
median "eval, 80 pictures" 3 "$bin/fovea" eval "$work/run"
median "export" 1 "$bin/fovea" export "$work/run" -o "$work/model.pt"
median "infer, one picture" 5 "$bin/fovea-infer" "$work/model.pt" "$work/shapes/val/000001.jpg" --json "$work/one.json"
median "infer, 80 pictures" 3 "$bin/fovea-infer" "$work/model.pt" "$work/shapes/val" --json "$work/all.json"
