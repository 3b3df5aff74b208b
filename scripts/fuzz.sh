#!/usr/bin/env bash
# Feeds mutated files to the readers, with address and undefined-behaviour sanitizers, until one of
# them falls over. apt has what it needs: apt install clang-14 libclang-rt-14-dev (or clang)
#
#   scripts/fuzz.sh [SECONDS [NAME...]]      default: a minute each of every harness
#
# A finding is kept in tests/fuzz/seeds/NAME, which every test run reads again.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
[[ $seconds =~ ^[0-9]+$ ]] || {
  echo "fovea: \`$seconds\` is no number of seconds; usage: scripts/fuzz.sh [SECONDS [NAME...]]" >&2
  exit 2
}
shift $(($# > 0 ? 1 : 0))
names=("$@")
[ ${#names[@]} -gt 0 ] || names=(truth check clean results rle yolo yolo_yaml voc csv)
command -v clang++-14 > /dev/null || {
  echo "fovea: clang++-14 is missing; apt install clang-14" >&2
  exit 2
}
cmake -S . -B build-fuzz -G Ninja -DCMAKE_C_COMPILER=clang-14 -DCMAKE_CXX_COMPILER=clang++-14 \
  -DFOVEA_FUZZ=ON -DFOVEA_SANITIZE=address,undefined -DFOVEA_TORCH= > build-fuzz.log || {
  cat build-fuzz.log >&2
  exit 2
}
rm -f build-fuzz.log
ninja -C build-fuzz "${names[@]/#/fuzz_}"
for name in "${names[@]}"; do
  mkdir -p "build-fuzz/corpus/$name"
  echo "== $name: $seconds s"
  "build-fuzz/bin/fuzz_$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=4000 -print_final_stats=1 \
    -artifact_prefix="tests/fuzz/seeds/$name/found-" "build-fuzz/corpus/$name" "tests/fuzz/seeds/$name" 2>&1 |
    grep -E "^(==|#.*DONE|stat::number_of_executed|SUMMARY|.*ERROR|Done|artifact)|found-" || true
  [ "${PIPESTATUS[0]}" -eq 0 ] || {
    echo "fovea: $name: a finding is in tests/fuzz/seeds/$name; mend it and keep the file" >&2
    exit 2
  }
done
