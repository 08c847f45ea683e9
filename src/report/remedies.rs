//! What a server's refusal means, and what to do about it. The words are those of GitHub, GitLab and git
//! itself; where servers say more than one thing, the most particular one counts.

/// A rule that refused a push, and what helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remedy {
    /// What servers say, one of these, whatever the case of its letters.
    words: &'static [&'static str],
    pub rule: &'static str,
    pub remedy: &'static str,
}

const REMEDIES: [Remedy; 22] = [
    Remedy {
        words: &["push cannot contain secrets", "push protection", "secret detected in"],
        rule: "secret scanning found a secret in what was recorded",
        remedy: "revoke it; take it out of the configuration (`secrets` in orch.yaml names secrets, the environment holds them), or let it pass at the address that the server names",
    },
    Remedy {
        words: &["was archived so it is read-only", "repository is archived", "read-only archive"],
        rule: "the repository is archived",
        remedy: "unarchive it in its settings, or name another `remote` in orch.yaml",
    },
    Remedy {
        words: &["must have verified signatures", "must be signed", "unsigned commits", "not signed"],
        rule: "the branch takes signed commits only, and those of orch are not signed",
        remedy: "take the state branch out of the rule that requires signed commits",
    },
    Remedy {
        words: &["required status check", "status checks that have not", "required workflow"],
        rule: "the branch requires status checks, and nothing checks the state branch",
        remedy: "take the state branch out of the rule that requires status checks",
    },
    Remedy {
        words: &[
            "must be made through a pull request",
            "at least 1 approving review",
            "requires a pull request",
        ],
        rule: "the branch takes pull requests only",
        remedy: "take the state branch out of the rule that requires pull requests; it may still forbid force pushes and deletion",
    },
    Remedy {
        words: &["must not contain merge commits", "linear history"],
        rule: "the branch requires a linear history",
        remedy: "the history of orch is linear: somebody else has merged into the state branch; see `git log --merges orch/state`",
    },
    Remedy {
        words: &["must match", "must not match", "commit author email", "commit message"],
        rule: "a rule wants messages or authors of commits to look in a certain way",
        remedy: "take the state branch out of that rule, or set `user.name` and `user.email` as it wants",
    },
    Remedy {
        words: &["creations being restricted", "not allowed to create", "deny creating"],
        rule: "nobody may create this branch",
        remedy: "let somebody who may create the state branch push it once, or allow its creation",
    },
    Remedy {
        words: &[
            "exceeds github's file size limit",
            "large files detected",
            "gh001",
            "exceeds maximum allowed size",
            "exceeds the maximum allowed size",
            "file size limit",
        ],
        rule: "something is larger than the server takes",
        remedy: "see which file with `git ls-tree -rl orch/state`; move large texts out of the configuration, and fold less often",
    },
    Remedy {
        words: &[
            "gh006",
            "protected branch hook declined",
            "protected branch update failed",
            "protected branches",
            "branch is protected",
        ],
        rule: "the branch is protected",
        remedy: "take the state branch out of the protection, or let the one who pushes bypass it; it may forbid force pushes and deletion",
    },
    Remedy {
        words: &["gh013", "repository rule violations", "cannot update this protected ref"],
        rule: "a ruleset of the repository covers the branch",
        remedy: "the address that the server names shows the rules; except the state branch, or keep of them only those against force pushes and deletion",
    },
    Remedy {
        words: &["non-fast-forward", "cannot force-push", "force push"],
        rule: "the server forbids force pushes, and the push would not have gone forward",
        remedy: "orch never forces: somebody else has rewritten the state branch; compare `git log orch/state` with the remote's",
    },
    Remedy {
        words: &["refusing to update checked out branch", "branch is currently checked out"],
        rule: "the remote is not bare, and has the state branch checked out",
        remedy: "switch to another branch there, or make it a bare repository",
    },
    Remedy {
        words: &["shallow update not allowed"],
        rule: "the server takes nothing from a shallow clone",
        remedy: "bring the rest of the history with `git fetch --unshallow`",
    },
    Remedy {
        words: &[
            "no space left",
            "quota exceeded",
            "unpacker error",
            "unable to create temporary object directory",
        ],
        rule: "the server cannot store it",
        remedy: "make room on the server, or see to it that its repository can be written",
    },
    Remedy {
        words: &["publickey", "host key verification failed"],
        rule: "ssh lets nobody in with the keys at hand",
        remedy: "try `ssh -T` on the host of the remote; add your key there, and its key here",
    },
    Remedy {
        words: &[
            "error: 403",
            "permission to",
            "write access to repository not granted",
            "not allowed to push code",
            "forbidden",
        ],
        rule: "whoever pushes has no right to write",
        remedy: "give the account or token the right to write contents; in GitHub Actions: `permissions: { contents: write }`",
    },
    Remedy {
        words: &[
            "error: 401",
            "authentication failed",
            "could not read username",
            "could not read password",
            "invalid username or",
            "bad credentials",
        ],
        rule: "the server wants credentials, and got none or wrong ones",
        remedy: "try `git push --dry-run`; sign in with a credential helper, or renew the token",
    },
    Remedy {
        words: &["error: 404", "repository not found", "does not appear to be a git repository"],
        rule: "there is no such repository, or whoever asks may not see it",
        remedy: "check the address with `git remote -v`, and what the token may see",
    },
    Remedy {
        words: &["error: 429", "rate limit"],
        rule: "the server was asked too often",
        remedy: "run the command again later, and ticks less often",
    },
    Remedy {
        words: &["certificate"],
        rule: "the certificate of the server is not trusted here",
        remedy: "install `ca-certificates`, or name the roots with SSL_CERT_FILE",
    },
    Remedy {
        words: &["hook declined"],
        rule: "a hook of the server said no",
        remedy: "its words are above; whoever runs the server can say what it wants",
    },
];

/// What the words of a server mean, if they are known.
pub fn remedy(words: &str) -> Option<&'static Remedy> {
    let words = words.to_lowercase();
    REMEDIES.iter().find(|remedy| remedy.words.iter().any(|known| words.contains(known)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_servers_say_is_understood() {
        for (words, rule) in [
            (
                "[remote rejected] (protected branch hook declined)\nerror: GH006: Protected branch update failed for refs/heads/orch/state.\nerror: Required status check \"build\" is expected.",
                "the branch requires status checks",
            ),
            (
                "error: GH006: Protected branch update failed for refs/heads/orch/state.\nerror: Changes must be made through a pull request.",
                "the branch takes pull requests only",
            ),
            (
                "error: GH006: Protected branch update failed for refs/heads/orch/state.\nerror: You're not authorized to push to this branch.",
                "the branch is protected",
            ),
            (
                "error: GH013: Repository rule violations found for refs/heads/orch/state.\n- Commits must have verified signatures.",
                "the branch takes signed commits only",
            ),
            (
                "error: GH013: Repository rule violations found for refs/heads/orch/state.\n- Cannot create ref due to creations being restricted.",
                "nobody may create this branch",
            ),
            (
                "error: GH013: Repository rule violations found for refs/heads/orch/state.\n- GITHUB PUSH PROTECTION\n  Push cannot contain secrets",
                "secret scanning found a secret",
            ),
            (
                "error: GH013: Repository rule violations found for refs/heads/orch/state.\nReview all repository rules at https://github.com/o/r/rules",
                "a ruleset of the repository covers",
            ),
            (
                "error: File events/1.jsonl is 120.00 MB; this exceeds GitHub's file size limit of 100.00 MB\nerror: GH001: Large files detected.",
                "something is larger",
            ),
            (
                "ERROR: This repository was archived so it is read-only.\nfatal: unable to access 'https://github.com/o/r/': The requested URL returned error: 403",
                "the repository is archived",
            ),
            (
                "remote: Permission to o/r.git denied to github-actions[bot].\nfatal: unable to access 'https://github.com/o/r/': The requested URL returned error: 403",
                "whoever pushes has no right",
            ),
            (
                "fatal: could not read Username for 'https://github.com': terminal prompts disabled",
                "the server wants credentials",
            ),
            ("fatal: Authentication failed for 'https://github.com/o/r/'", "the server wants credentials"),
            ("git@github.com: Permission denied (publickey).", "ssh lets nobody in"),
            (
                "[remote rejected] (refusing to update checked out branch: refs/heads/orch/state)",
                "the remote is not bare",
            ),
            (
                "GitLab: You are not allowed to push code to protected branches on this project.",
                "the branch is protected",
            ),
            (
                "[remote rejected] (non-fast-forward)\nerror: denying non-fast-forward refs/heads/orch/state (you should pull first)",
                "the server forbids force pushes",
            ),
            ("[remote rejected] (shallow update not allowed)", "the server takes nothing"),
            ("[remote rejected] (unpacker error)", "the server cannot store it"),
            (
                "[remote rejected] (pre-receive hook declined)\nstate is frozen until Monday",
                "a hook of the server said no",
            ),
        ] {
            let found = remedy(words).unwrap_or_else(|| panic!("nothing for {words}"));
            assert!(found.rule.starts_with(rule), "{words}: {}", found.rule);
        }
        assert_eq!(remedy("the cat sat on the cable"), None);
    }
}
