#!/usr/bin/env bash
# Sets up and builds everything (Release) into build/; the programs are in build/bin.
#
#   scripts/build.sh [--target NAME]...     all targets, or those named
set -euo pipefail
cd "$(dirname "$0")/.."
torch=$(scripts/setup.sh)
cmake -S . -B build -G Ninja -DFOVEA_TORCH="$torch" > build.log.part 2>&1 || {
  cat build.log.part >&2
  rm -f build.log.part
  exit 2
}
grep -E '^-- (CUDA|LibTorch)' build.log.part >&2 || true
rm -f build.log.part
cmake --build build "$@"
