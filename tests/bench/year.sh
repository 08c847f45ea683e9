#!/bin/sh
# A year of ticks in a new project (or so many ticks: `sh tests/bench/year.sh 3000`), and what the state costs then;
# then `orch compact`, and what a whole clone of the new branch costs. Needs some 2 GB below TMPDIR.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cargo build --release --locked --quiet
orch=$PWD/target/release/orch
git init --quiet --initial-branch=main "$dir/year"
(cd "$dir/year" && "$orch" init content-team >&2 && rm -rf tasks && git config core.fsync none)
nice cargo bench --locked --quiet --bench year -- "$dir/year" "$@"
cd "$dir/year"
now=$(git log -1 --format=%cI orch/state)
git repack -adq
echo "{\"packed_kib\": $(git count-objects -v | sed -n 's/^size-pack: //p')}"
"$orch" --now "$now" compact --min-ticks 1
git clone --quiet --bare --single-branch --branch orch/state-2 "file://$dir/year" "$dir/compacted"
echo "{\"compacted_clone_kib\": $(git -C "$dir/compacted" count-objects -v | sed -n 's/^size-pack: //p')}"
"$orch" --now "$now" fsck
