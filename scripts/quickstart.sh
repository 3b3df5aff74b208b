#!/usr/bin/env bash
# From a clean clone to a trained, scored, exported detector: sets up, builds, makes a data set of
# 480 pictures, trains, scores, exports, finds objects in the validation pictures, and says how good
# it is, how long each step took and where the pictures lie.
#
#   scripts/quickstart.sh [FOLDER]      default: quickstart; emptied first if it is from an earlier run
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-quickstart}

scripts/build.sh
if [ -e "$folder" ]; then
  if [ ! -e "$folder/shapes/annotations" ]; then
    echo "fovea: $folder: exists and is not from an earlier quick start; name another folder: scripts/quickstart.sh FOLDER" >&2
    exit 2
  fi
  rm -rf "$folder"
fi
mkdir -p "$folder"

steps=() seconds=()
start=$SECONDS
timed() { # timed NAME COMMAND...: runs it and keeps its time
  local name=$1 before=$SECONDS
  shift
  echo
  echo "== $name: $*"
  "$@"
  steps+=("$name")
  seconds+=($((SECONDS - before)))
}

bin=build/bin
run=$folder/run
timed synthesize $bin/fovea-data synthesize "$folder/shapes"
timed train $bin/fovea train configs/quickstart.yaml data.root="$folder/shapes" run.dir="$run"
timed evaluate $bin/fovea eval "$run" --json "$folder/metrics.json"
timed export $bin/fovea export "$run" -o "$folder/detector.pt"
timed infer $bin/fovea-infer "$folder/detector.pt" "$folder/shapes/val" --quiet --score 0.5 \
  --save-images --out "$folder/found"

echo
for i in "${!steps[@]}"; do printf '%-12s %5d s\n' "${steps[$i]}" "${seconds[$i]}"; done
printf '%-12s %5d s\n' "in all" $((SECONDS - start))
sed -n 's/^ *\([0-9.]*\),\{0,1\}$/\1/p' "$folder/metrics.json" | head -2 | {
  read -r ap
  read -r ap50
  printf 'AP %.3f  AP50 %.3f on 80 pictures that it was not trained on\n' "$ap" "$ap50"
}
echo "truth beside predictions: $run/val_batch0_labels.jpg  $run/val_batch0_pred.jpg"
echo "found by the exported file: $folder/found"
echo "curves of the run:          $run/results.png"
