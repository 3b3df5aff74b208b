#!/usr/bin/env bash
# Runs clang-tidy over our own code, after scripts/build.sh; half an hour on two cores. apt has it:
# apt install clang-tidy-14
#
#   scripts/tidy.sh [BUILD [REGEX OF PATHS]]      default: build, everything
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build}
command -v run-clang-tidy-14 > /dev/null || {
  echo "fovea: run-clang-tidy-14 is missing; apt install clang-tidy-14" >&2
  exit 2
}
[ -f "$build/compile_commands.json" ] || {
  echo "fovea: $build: holds no compile_commands.json; run scripts/build.sh first" >&2
  exit 2
}
run-clang-tidy-14 -quiet -p "$build" "${2:-$PWD/(lib|apps|data_tools|tests)/}"
