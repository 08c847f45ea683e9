#!/usr/bin/env bash
# The steps of the release workflow, here so that they can be run and tested anywhere.
#
#   release.sh check      TAG is that of the version in Cargo.toml, told of in the changelog, on the main branch
#   release.sh build      makes dist/orch-TARGET.tar.gz
#   release.sh sums       makes dist/SHA256SUMS
#   release.sh publish    a draft with everything in dist, then the release
#
# From the environment: TAG (v0.1.0), TARGET (a Rust target), and for publish GH_TOKEN and GH_REPO.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
  echo "error: $*" >&2
  exit 1
}

version() { sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1; }

# The section of the changelog for this version, without its heading.
notes() {
  awk -v heading="## [$(version)]" 'index($0, heading) == 1 { on = 1; next } /^## / { on = 0 } on' CHANGELOG.md
}

case ${1:-} in
  check)
    [[ ${TAG:?} == "v$(version)" ]] || fail "the tag is $TAG, and Cargo.toml says $(version)"
    [[ -n $(notes | tr -d '[:space:]') ]] || fail "CHANGELOG.md says nothing of $(version)"
    git merge-base --is-ancestor HEAD origin/main || fail "$TAG is not on the branch main"
    ;;
  build)
    ORCH_COMMIT=$(git rev-parse HEAD) cargo build --locked --release --target "${TARGET:?}"
    built=${CARGO_TARGET_DIR:-target}/$TARGET/release
    [[ $("$built/orch" --version) == "orch $(version)" ]] || fail "the built program does not say that it is $(version)"
    rm -rf target/package
    mkdir -p dist target/package
    cp "$built/orch" README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE target/package
    tar -czf "dist/orch-$TARGET.tar.gz" -C target/package orch README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE
    ;;
  sums)
    cd dist
    sha256sum orch-*.tar.gz >SHA256SUMS
    cat SHA256SUMS
    ;;
  publish)
    mkdir -p target
    notes >target/notes.md
    pre=()
    [[ ${TAG:?} != *-* ]] || pre=(--prerelease)
    # Whoever asks for the latest release never gets half of one.
    gh release create "$TAG" --verify-tag --draft --title "orch ${TAG#v}" --notes-file target/notes.md \
      ${pre[@]+"${pre[@]}"} dist/*
    gh release edit "$TAG" --draft=false
    ;;
  *) fail "usage: release.sh check | build | sums | publish" ;;
esac
