#!/usr/bin/env bash
# Brings `orch` onto a runner: the released binary with its checksum verified, or, where no release belongs to
# the commit that the action was taken from, one built from the action's own source.
#
#   install.sh find      says which of the two, and where it goes: writes outputs
#   install.sh install   does it, and puts the folder into PATH
#
# The source is where this script lies. Everything else comes in by the environment, since text in a script would
# be run:
#   ORCH_REF          the branch, tag or commit that the action was taken from, if known
#   ORCH_REPOSITORY   OWNER/NAME of that, if known
#   ORCH_VERSION      the release to install; empty: the one that belongs to ORCH_REF
#   ORCH_ATTESTATION  `true`: refuse a binary whose build attestation GitHub does not confirm
#   ORCH_SERVER       where repositories and releases are
set -euo pipefail

source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
server=${ORCH_SERVER:-https://github.com}
known="linux x86-64, linux arm64, macos x86-64, macos arm64"

say() { printf '%s\n' "$*"; }

# As the log of a run shows errors, and as a terminal does.
fail() {
  if [[ ${GITHUB_ACTIONS:-} == true ]]; then say "::error title=orch::$*" >&2; else say "error: $*" >&2; fi
  exit 1
}

# OWNER/NAME of the source: as the runner says, as a clone says, or where it comes from.
repository() {
  local url
  if [[ -n ${ORCH_REPOSITORY:-} ]]; then
    echo "$ORCH_REPOSITORY"
  elif [[ -e $source/.git ]] && url=$(git -C "$source" remote get-url origin 2>/dev/null) &&
    [[ $url =~ ^https?://[^/]+/([^/]+/[^/]+)$ ]]; then
    echo "${BASH_REMATCH[1]%.git}"
  else
    echo orch-dev/orch
  fi
}

sha256() {
  if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi
}

# The Rust target of this runner; nothing if there are no releases for it.
target() {
  local system=${RUNNER_OS:-$(uname -s)} machine=${RUNNER_ARCH:-$(uname -m)}
  case $(tr '[:upper:]' '[:lower:]' <<<"$system-$machine") in
    linux-x64 | linux-x86_64) echo x86_64-unknown-linux-musl ;;
    linux-arm64 | linux-aarch64) echo aarch64-unknown-linux-musl ;;
    macos-x64 | darwin-x86_64) echo x86_64-apple-darwin ;;
    macos-arm64 | darwin-arm64) echo aarch64-apple-darwin ;;
    windows-* | mingw* | msys*) fail "orch does not run on Windows itself yet; use WSL, or a runner with: $known" ;;
    *) ;;
  esac
}

# The first value of a setting of the package.
manifest() { sed -n "s/^$1 = \"\(.*\)\"\$/\1/p" "$source/Cargo.toml" | head -n 1; }

# The commit that the action was taken from; nothing if nobody knows.
commit() {
  if [[ -e $source/.git ]]; then
    git -C "$source" rev-parse HEAD
  elif [[ ${ORCH_REF:-} =~ ^[0-9a-f]{40}$ ]]; then
    echo "$ORCH_REF"
  fi
}

# The commit that a tag of the repository is on; nothing if there is no such tag.
tagged() {
  GIT_TERMINAL_PROMPT=0 git ls-remote "$server/$repository" "refs/tags/$1" "refs/tags/$1^{}" | tail -n 1 | cut -f 1
}

# A name for the source as it stands, for the cache.
fingerprint() (
  cd "$source"
  find Cargo.toml Cargo.lock src schemas workflows examples -type f -print | LC_ALL=C sort |
    while IFS= read -r file; do sha256 "$file"; done | sha256 | cut -c 1-16
)

# fetch URL FILE: false if it is not there.
fetch() {
  local schemes="=https"
  # Only a test serves releases from its own machine.
  [[ $server != http://127.0.0.1:* ]] || schemes="=http"
  curl --fail --silent --show-error --location --proto "$schemes" --retry 3 --retry-connrefused \
    --connect-timeout 20 --max-time 300 --output "$2" "$1"
}

find_it() {
  local own sha version=${ORCH_VERSION:-} how=build triple folder
  own=v$(manifest version)
  triple=$(target)
  if [[ -n $version ]]; then
    version=v${version#v}
    [[ $version =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]] ||
      fail "\`${version#v}\` is no version of orch; versions are like ${own#v}"
    [[ -n $triple ]] || fail "there are no releases for ${RUNNER_OS:-this system} ${RUNNER_ARCH:-}; there are for: $known"
    how=release
  elif [[ -n $triple ]]; then
    sha=$(commit)
    # A release is what its tag is on: any other commit is built, however it calls itself.
    if [[ ${ORCH_REF:-} == "$own" ]] || [[ -n $sha && $(tagged "$own") == "$sha" ]]; then
      version=$own how=release
    fi
  fi
  if [[ $how == release ]]; then folder=$version-$triple; else folder=$(fingerprint)-${RUNNER_OS:-any}-${RUNNER_ARCH:-any}; fi
  folder=${RUNNER_TOOL_CACHE:?}/orch/$folder
  {
    echo "how=$how"
    echo "version=$version"
    echo "target=$triple"
    echo "folder=$folder"
    echo "key=orch-${folder##*/}"
  } >>"${GITHUB_OUTPUT:?}"
  say "orch: $how ${version:-from source}, into $folder"
}

# release FOLDER: the binary of the release, into an empty folder.
release() {
  local folder=$1 name=orch-$ORCH_TARGET.tar.gz from=$server/$repository/releases/download/$ORCH_VERSION
  local expected found
  fetch "$from/SHA256SUMS" "$folder/SHA256SUMS" ||
    fail "cannot read $from/SHA256SUMS: is there a release $ORCH_VERSION? $server/$repository/releases lists them"
  expected=$(awk -v name="$name" '$2 == name || $2 == "*" name { print $1 }' "$folder/SHA256SUMS")
  [[ $expected =~ ^[0-9a-f]{64}$ ]] ||
    fail "release $ORCH_VERSION has no $name; it has: $(awk '{ sub(/^\*/, "", $2); print $2 }' "$folder/SHA256SUMS" | paste -s -d ' ' -)"
  fetch "$from/$name" "$folder/$name" || fail "cannot read $from/$name, which SHA256SUMS of the release names"
  found=$(sha256 "$folder/$name" | cut -d ' ' -f 1)
  [[ $found == "$expected" ]] ||
    fail "the checksum of $name is $found, and SHA256SUMS of release $ORCH_VERSION says $expected: nothing was installed"
  if [[ ${ORCH_ATTESTATION:-} == true ]]; then
    command -v gh >/dev/null || fail "cannot verify the attestation of $name: there is no \`gh\` on this runner"
    gh attestation verify "$folder/$name" --repo "$repository" --source-ref "refs/tags/$ORCH_VERSION" \
      --signer-workflow "$repository/.github/workflows/release.yml" ||
      fail "GitHub does not confirm that $name was built by the release workflow of $repository: nothing was installed"
  fi
  tar -xzf "$folder/$name" -C "$folder" orch
  rm "$folder/SHA256SUMS" "$folder/$name"
  found=$("$folder/orch" --version)
  [[ $found == "orch ${ORCH_VERSION#v}" ]] || fail "$name holds \`$found\` instead of orch ${ORCH_VERSION#v}: nothing was installed"
}

# build FOLDER: the action's own source, into an empty folder.
build() {
  local rust target_dir
  rust=$(manifest rust-version)
  command -v cargo >/dev/null ||
    fail "no release of orch belongs to the commit that the action was taken from, and there is no cargo to build it with; take the action from the tag of a release, or name one by \`version\`"
  say "no release belongs to ${ORCH_REF:-this commit}: orch is built from source, which takes some minutes"
  target_dir=$(mktemp -d "${RUNNER_TEMP:?}/orch-build.XXXXXX")
  if command -v rustup >/dev/null; then
    rustup toolchain install "$rust" --profile minimal --no-self-update
    export RUSTUP_TOOLCHAIN=$rust
  fi
  ORCH_COMMIT=$(commit) cargo build --locked --release --manifest-path "$source/Cargo.toml" --target-dir "$target_dir"
  mv "$target_dir/release/orch" "$1/orch"
  rm -rf "$target_dir"
}

install_it() {
  local folder=${ORCH_FOLDER:?}
  if [[ -x $folder/orch ]]; then
    say "orch is there already"
  else
    mkdir -p "${folder%/*}"
    partial=$(mktemp -d "$folder.XXXXXX") # beside it, so that it gets its name in one step
    trap 'rm -rf "$partial"' EXIT
    case ${ORCH_HOW:?} in
      release) release "$partial" ;;
      build) build "$partial" ;;
      *) fail "install.sh knows \`release\` and \`build\`, not \`$ORCH_HOW\`" ;;
    esac
    chmod 755 "$partial"
    rm -rf "$folder"
    mv "$partial" "$folder"
  fi
  "$folder/orch" --version
  echo "$folder" >>"${GITHUB_PATH:?}"
}

repository=$(repository)
case ${1:-} in
  find) find_it ;;
  install) install_it ;;
  *) fail "usage: install.sh find | install" ;;
esac
