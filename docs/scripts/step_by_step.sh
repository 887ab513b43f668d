#!/bin/sh
# Makes the pictures of docs/step-by-step.md: run it from the repository's root, after the tour has made runs/copy.
# usage: docs/scripts/step_by_step.sh [headlight]
set -eu
headlight=${1:-headlight}
"$headlight" explain "the cat sat" --seed 2 --query sat --masks --scaling --out docs/step-by-step/words
"$headlight" explain --run runs/copy --layer 0 --head 0 --query SEP --out docs/step-by-step/copy
