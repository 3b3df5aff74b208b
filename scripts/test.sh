#!/usr/bin/env bash
# Sets up, builds, checks formatting and runs every test. The one command to remember.
#
#   scripts/test.sh [CTEST ARGUMENT]...     such as -R loader
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/build.sh
git ls-files -co --exclude-standard '*.h' '*.cpp' | xargs clang-format-14 --dry-run --Werror
ctest --test-dir build --output-on-failure -j "$(nproc)" "$@"
