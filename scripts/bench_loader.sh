#!/usr/bin/env bash
# Images per second that the loader gives, held to THREADS cores, as one line: "1234.5 img/s".
#
#   scripts/bench_loader.sh KIND FOLDER|COCO.json THREADS [SECONDS [BUILD]]
#
# FOLDER is a data set; the pictures of a file lie beside it, or in `images` there.
#
# KIND   crop          a random part at 224 x 224 and flips, batches of 64
#        crop-linear   the same without averaging where it shrinks by 2 or more
#        mosaic        640 x 640: four images of anywhere, scale, hue, saturation and brightness, flips,
#                      boxes; batches of 16
#        mosaic-near   the same, the other three images from the 64 samples before and after
#        mosaic-kept   the same from anywhere, with all images kept decoded
set -euo pipefail
[ $# -ge 3 ] || {
  echo "fovea: usage: scripts/bench_loader.sh crop|crop-linear|mosaic|mosaic-near|mosaic-kept FOLDER|COCO.json THREADS [SECONDS [BUILD]]" >&2
  exit 2
}
kind=$1 file=$2 threads=$3 seconds=${4:-3} build=${5:-$(dirname "$0")/../build}
# Where images may be transposed the sample is square, as those of other loaders.
mosaic='
model: {size: 640}
augment:
  transpose: 1e-9
  zoom: {min: 0.5, max: 1.5, aspect: 1}
  hue: {p: 1, degrees: 5}
  saturation: {amount: 0.7}
  brightness: {amount: 0.4}
  contrast: {p: 0}'
crop='
model: {size: 224}
train: {batch: 64}
augment:
  transpose: 1e-9
  crop: {p: 1}
  brightness: {p: 0}
  contrast: {p: 0}
  saturation: {p: 0}'
case $kind in
  crop) recipe=$crop ;;
  crop-linear) recipe="$crop
  antialias: false" ;;
  mosaic) recipe="$mosaic
  mosaic: {p: 1}" ;;
  mosaic-near) recipe="$mosaic
  mosaic: {p: 1, near: 64}" ;;
  mosaic-kept) recipe="$mosaic
  mosaic: {p: 1}
loader: {cache: decoded, cache_mb: 20000}" ;;
  *)
    echo "fovea: \`$kind\` is none of crop, crop-linear, mosaic, mosaic-near and mosaic-kept" >&2
    exit 2
    ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "$recipe" > "$work/recipe.yaml"
if [ -d "$file" ]; then
  data=(data.root="$file")
else
  folder=$(dirname "$file")
  if [ -d "$folder/images" ]; then folder=$folder/images; fi
  data=(data.train.annotations="$file" data.train.images="$folder")
fi
taskset -c "0-$((threads - 1))" "$build/bin/fovea" inspect "$work/recipe.yaml" "${data[@]}" \
  loader.workers="$threads" loader.prefetch=2 model.width=0.0625 model.fpn_channels=8 \
  model.head_convs=1 model.levels=3 --quiet --bench "$seconds" | sed -n 's/^loader *\([0-9.]* img\/s\)$/\1/p' | grep .
