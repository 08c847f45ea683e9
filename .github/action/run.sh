#!/usr/bin/env bash
# Runs one command of `orch` in a job; its exit code is that of the command.
#
#   ORCH_BIN           the program
#   ORCH_COMMAND       such as `tick`
#   ORCH_ARGS          more arguments, apart by white space; no shell reads them
#   ORCH_DIRECTORY     where the project is
#   ORCH_STATE_BRANCH  fetched before commands that only look
#   ORCH_TOKEN         for fetch and push; empty: whatever git has
#   ORCH_SERVER_URL    the server that the token is for
set -euo pipefail

read -r -d '' -a arguments <<<"${ORCH_ARGS:-}" || true # false at the end of the text, with everything read
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The token is in the environment of this step, and nowhere on disk. The empty helper before it puts those aside
# that the machine has, which would keep what they are told. `orch` takes ORCH_TOKEN from the commands of workflows.
if [[ -n ${ORCH_TOKEN:-} ]]; then
  set_git() {
    local at=${GIT_CONFIG_COUNT:-0}
    export "GIT_CONFIG_KEY_$at=$1" "GIT_CONFIG_VALUE_$at=$2" GIT_CONFIG_COUNT=$((at + 1))
  }
  export ORCH_TOKEN
  set_git "credential.${ORCH_SERVER_URL:?}.helper" ""
  # shellcheck disable=SC2016 # git's shell expands it
  set_git "credential.$ORCH_SERVER_URL.helper" '!token() { echo username=x-access-token; echo "password=$ORCH_TOKEN"; }; token'
fi
export GIT_TERMINAL_PROMPT=0
# Whose name the commits of the state bear. Who acts, and so who may, is the account that the job runs for.
export GIT_COMMITTER_NAME=${GIT_COMMITTER_NAME:-github-actions[bot]}
export GIT_COMMITTER_EMAIL=${GIT_COMMITTER_EMAIL:-41898282+github-actions[bot]@users.noreply.github.com}

cd "${ORCH_DIRECTORY:-.}"

# Commands that write bring the state themselves; those that look take what is here. Where the state went on at
# another branch after a compaction, that has the same name and a number.
bring_state() {
  local branch=${ORCH_STATE_BRANCH:-orch/state}
  git fetch --quiet --no-tags --depth=1 origin \
    "+refs/heads/$branch:refs/heads/$branch" "+refs/heads/$branch-*:refs/heads/$branch-*" 2>"$scratch/fetch" && return
  if grep -q "couldn't find remote ref" "$scratch/fetch"; then
    echo "there is no branch $branch yet: the first tick makes it"
  else
    cat "$scratch/fetch" >&2
    return 1
  fi
}

# Text of a pull request can stand in what a command says. The runner shall take no line of it for a command, nor
# the summary for anything but text.
quoted() {
  local token status=0 longest summary=${GITHUB_STEP_SUMMARY:-}
  # With this, `orch` itself writes the summary.
  [[ " $* " != *" --github "* ]] || summary=""
  token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  echo "::stop-commands::$token"
  # Without this, `orch` would say the same of its own lines once more.
  env -u GITHUB_ACTIONS "$ORCH_BIN" "$@" 2>&1 | tee "$scratch/said" || status=${PIPESTATUS[0]}
  echo
  echo "::$token::"
  if [[ -n $summary ]]; then
    # Longer than any run of backticks inside; GitHub takes 1 MiB of a step, and says nothing of the rest.
    head -c 900000 "$scratch/said" | iconv -c -f UTF-8 -t UTF-8 >"$scratch/told" || true
    longest=$(grep -o '`\{3,\}' "$scratch/told" | sort -r | head -n 1 || true)
    {
      echo "### \`orch $1\`"
      echo
      echo "\`\`\`$longest"
      cat "$scratch/told"
      [[ $(wc -c <"$scratch/said") -le 900000 ]] || printf '\n… more in the log\n'
      echo
      echo "\`\`\`$longest"
    } >>"$summary"
  fi
  return "$status"
}

case ${ORCH_COMMAND:?} in
  plan)
    bring_state
    quoted plan ${arguments[@]+"${arguments[@]}"}
    ;;
  validate)
    bring_state
    "$ORCH_BIN" validate ${arguments[@]+"${arguments[@]}"}
    ;;
  *)
    # Replaces this shell, so that the runner's signals reach it and it can end what it began.
    rm -rf "$scratch"
    exec "$ORCH_BIN" "$ORCH_COMMAND" ${arguments[@]+"${arguments[@]}"}
    ;;
esac
