#!/usr/bin/env bash
# Installs what Fovea is built with: Debian packages by name, and LibTorch into a cache folder outside
# the checkout. Does nothing where everything is there. Prints the LibTorch folder as its last line.
#
#   scripts/setup.sh              all of it
#   FOVEA_TORCH=DIR ...           your own LibTorch (the folder with include/ and lib/): nothing is fetched
#   FOVEA_CACHE=DIR ...           where LibTorch is kept (default: $XDG_CACHE_HOME/fovea or ~/.cache/fovea)
set -euo pipefail
cd "$(dirname "$0")/.."

say() { echo "setup: $*" >&2; }
die() {
  echo "fovea: $*" >&2
  exit 2
}

packages=(
  g++ cmake ninja-build ccache mold pkg-config git ca-certificates clang-format-14
  python3 python3-pip
  libfmt-dev libsimdjson-dev libxxhash-dev libutf8proc-dev libyaml-cpp-dev libpugixml-dev libcli11-dev
  libjpeg62-turbo-dev libspng-dev libhwy-dev libtiff-dev libwebp-dev libpango1.0-dev libcairo2-dev fonts-dejavu-core
  libgloo-dev libgtest-dev libgmock-dev
)

install_packages() {
  local missing=() package
  for package in "${packages[@]}"; do
    [[ $(dpkg-query -W -f '${Status}' "$package" 2> /dev/null) == *'ok installed' ]] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  local root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo > /dev/null || die "packages are missing: ${missing[*]}; install them as root"
    root=(sudo)
  fi
  say "installing ${#missing[@]} packages: ${missing[*]}"
  "${root[@]}" apt-get update -qq ||
    die "apt-get update failed; check the network and /etc/apt/sources.list"
  # `env` after sudo, which drops what is set before it.
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    "${missing[@]}" > /dev/null ||
    die "apt-get could not install ${missing[*]}; try it by hand to see why"
}

# fetch_wheel REQUIREMENT: downloads one wheel, its hash checked by pip, and unpacks it into
# $work/unpacked.
fetch_wheel() {
  local requirement=$1
  printf '%s\n' "$requirement" > "$work/requirement.txt"
  python3 -m pip --disable-pip-version-check --quiet download --no-deps --require-hashes \
    --only-binary=:all: --python-version 3.11 --implementation cp --abi cp311 --abi none \
    --platform manylinux_2_28_x86_64 --platform manylinux_2_25_x86_64 \
    --platform manylinux2014_x86_64 --platform manylinux_2_17_x86_64 --platform any \
    -d "$work" -r "$work/requirement.txt" >&2 ||
    die "the download of ${requirement%% *} failed; check the network and disk space, then run scripts/setup.sh again"
  python3 -m zipfile -e "$work"/*.whl "$work/unpacked" ||
    die "${requirement%% *} could not be unpacked; check disk space in $cache"
  rm -f "$work"/*.whl
}

# LibTorch: the PyPI wheel is a whole one (headers, libraries), built for CUDA 13.0 and glad to run
# without it. It needs cudart and cupti also on a CPU; without a toolkit their wheels go beside it,
# where its own run path looks.
torch_wheel='torch==2.11.0 --hash=sha256:7aa2f9bbc6d4595ba72138026b2074be1233186150e9292865e04b7a63b8c67a'
cudart_wheel='nvidia-cuda-runtime==13.0.96 --hash=sha256:7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548'
cupti_wheel='nvidia-cuda-cupti==13.0.85 --hash=sha256:4eb01c08e859bf924d222250d2e8f8b8ff6d3db4721288cf35d14252a4d933c8'

fetch_torch() {
  cache=${FOVEA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/fovea}
  local home=$cache/libtorch-2.11.0
  torch=$home/torch
  [ ! -e "$home/complete" ] || return 0
  mkdir -p "$cache"
  # One set-up fetches while the others wait for it: part folders that are there when this one has
  # the lock were left by some that were killed.
  exec 9> "$cache/lock"
  flock --nonblock 9 || {
    say "another set-up is fetching LibTorch; waiting for it"
    flock 9
  }
  rm -rf "$cache"/part.*
  [ ! -e "$home/complete" ] || return 0
  say "fetching LibTorch 2.11.0 into $home (530 MB, once)"
  work=$(mktemp -d "$cache/part.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  fetch_wheel "$torch_wheel"
  local known
  known=$(/sbin/ldconfig -p)  # users have no /sbin in their PATH
  if [[ $known != *libcudart.so.13* || $known != *libcupti.so.13* ]]; then
    fetch_wheel "$cudart_wheel"
    fetch_wheel "$cupti_wheel"
  fi
  mkdir -p "$work/home/torch"
  mv "$work"/unpacked/torch/{include,lib,share} "$work/home/torch"  # the rest is Python's
  [ ! -d "$work/unpacked/nvidia" ] || mv "$work/unpacked/nvidia" "$work/home"
  touch "$work/home/complete"
  rm -rf "$home"
  mv "$work/home" "$home"
}

install_packages
if [ -n "${FOVEA_TORCH:-}" ]; then
  [ -e "$FOVEA_TORCH/lib/libtorch_cpu.so" ] ||
    die "FOVEA_TORCH=$FOVEA_TORCH holds no lib/libtorch_cpu.so; name the folder with include/ and lib/"
  torch=$FOVEA_TORCH
else
  fetch_torch
fi
echo "$torch"
