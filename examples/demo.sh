#!/bin/sh
# The content team at work: declares it in a throw-away git repository, and takes two tasks
# from creation to completion. Each command is printed before what it prints itself.
#
# Builds orch first, unless ORCH names a program to use. Leaves nothing behind; KEEP=1 keeps
# the repository and says where it is.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
if [ -z "${ORCH:-}" ]; then
    echo "Building orch (some minutes the first time) ..." >&2
    (cd "$here" && cargo build --release --locked --quiet)
    ORCH=${CARGO_TARGET_DIR:-$here/target}/release/orch
fi

team=$(mktemp -d)
tidy() {
    if [ "${KEEP:-}" = 1 ]; then echo "The repository is in $team" >&2; else rm -rf "$team"; fi
}
trap tidy EXIT
trap 'exit 1' HUP INT TERM

cd "$team"
# A repository like any other, whatever the settings of the machine are.
GIT_AUTHOR_NAME=Demo GIT_AUTHOR_EMAIL=demo@example.invalid
GIT_COMMITTER_NAME=Demo GIT_COMMITTER_EMAIL=demo@example.invalid
GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_PAGER=cat
export GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL
export GIT_CONFIG_GLOBAL GIT_CONFIG_NOSYSTEM GIT_PAGER
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE

say() { printf '\n# %s\n' "$*"; }
orch() { printf '\n$ orch %s\n' "$(quoted "$@")" && "$ORCH" "$@"; }
run() { printf '\n$ %s\n' "$(quoted "$@")" && "$@"; }
# The arguments as one would type them.
quoted() {
    line=
    for word in "$@"; do
        case $word in
            *[!A-Za-z0-9_./:=+-]*) line="$line '$word'" ;;
            *) line="$line $word" ;;
        esac
    done
    printf '%s' "${line# }"
}

say "Declare the team: agents, routes, reviews, SLAs and tasks, as YAML in git"
run git init --quiet --initial-branch main
orch init content-team
orch validate
run git add .
run git commit --quiet --message "The content team"

say "What would happen now, and why"
orch plan

say "Make it happen: one commit on the branch orch/state"
orch tick

say "CONTENT-010 is a tweet of tier 2: its author writes it, two reviewers approve it"
orch task start CONTENT-010 --as content-strategist
mkdir -p outputs && echo "Still chasing. Are you?" > outputs/ika-tweet-006.md
orch task complete CONTENT-010 --as content-strategist --output outputs/ika-tweet-006.md
orch review approve REVIEW-001 --as cultural-consultant --rating 4 --notes "Warm and in character."
orch review approve REVIEW-002 --as coordinator
orch task show CONTENT-010

say "CONTENT-015 waits for a piece of lore, and is free as soon as that is there"
orch explain CONTENT-015
orch task start LORE-003 --as creative-lead
orch task complete LORE-003 --as creative-lead
orch explain CONTENT-015

say "Where everything stands, and how it came to that"
orch status
run git log --format="%h %s" orch/state
