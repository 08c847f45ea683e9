//! The help of `orch` itself: the commands people need first, grouped by what they do.

use std::ffi::OsString;

/// clap's template for `orch --help`.
pub(super) const TOP: &str = "\
{about}

{usage-heading} {usage}

Author:
  init        Write a ready project into a git repository
  validate    Check the configuration and report every problem
  plan        Show what would happen now, and why

Run:
  apply       Do what a plan says
  tick        Observe, plan, apply, commit: what a cron job runs
  run         Run a workflow now
  task        Add, start, complete, block, edit tasks
  review      Approve, reject, or ask for changes

Look:
  status      Where everything stands
  agent       Who holds what, and what comes next
  workflow    What is automated, how it does, and what it does
  runs        What workflows did, and are doing
  event       What happened, by whom and why
  explain     Why something is where it is, or what a diagnostic means

Judge:
  approve     Say yes to a run that waits

`orch COMMAND --help` shows options and an example; `orch help all` lists every command.

Options:
{options}
";

/// `orch help` and `orch help all`.
pub(super) const ALL: &str = "\
All commands of orch:

  agent        List agents; show one with its queue
  apply        Do what a saved plan says, or plan and apply at once
  approve      Say yes to a run that waits for approval
  compact      Cut the history: the state goes on at a new branch
  completions  Write shell completions
  deny         Say no to a run that waits for approval
  doctor       See what needs attention; fails if something is wrong
  event        Query the event log
  explain      Explain a task, review, agent, run, workflow, diagnostic code
  export       Write all tasks as JSON lines
  fsck         Verify the state branch against its own history
  import       Take tasks over from JSON lines
  init         Write a ready project into a git repository
  log          Tell what happened, tick by tick
  metric       Record a metric; list the last values
  next         Claim the best ready task for an agent
  pause        Let no step of a workflow begin, or of any
  plan         Show what would happen now; save it with -o
  resume       Let a paused workflow go on, or all of them
  review       List, show, approve, reject, request changes
  rollback     Go back to a state of the past, and hold it
  run          Run a workflow now
  runs         List, show, log, cancel, retry runs
  schema       Print the JSON Schema of a kind of file
  sla          Running clocks, and what is late
  status       Where everything stands
  task         Add, list, show, claim, start, complete, release, block, unblock, cancel, reassign, edit
  tick         Observe, plan, apply, commit
  validate     Check the configuration
  verify       Derive every decision of the history again
  work         Do one step that was sent to this runner
  workflow     List, show, draw, switch, add workflows; list actions; fill in slots

`orch COMMAND --help` shows options and an example.

Exit codes:
   0  fine
   1  failed: the files or the world are not as they must be
   2  usage
   3  no project found
  10  changes are pending (plan --exit-code)
  11  a run failed
  12  no task is ready (next)
  20  the state moved: the plan is stale
  70  a bug in orch
";

/// Whether the arguments are `help` or `help all`.
pub(super) fn asked(mut args: impl Iterator<Item = OsString>) -> bool {
    args.next().is_some_and(|first| first == "help")
        && args.next().is_none_or(|second| second == "all")
        && args.next().is_none()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_help_names_every_command_and_no_other() {
        let command = crate::cli::Cli::command();
        let known: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
        let listed = |text: &str| -> Vec<String> {
            let rows = text
                .lines()
                .filter(|line| line.starts_with("  ") && !line.trim_start().starts_with(char::is_numeric));
            let mut names: Vec<String> =
                rows.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect();
            names.sort();
            names
        };
        let mut all: Vec<String> = known.iter().map(|name| (*name).to_owned()).collect();
        all.sort();
        assert_eq!(listed(super::ALL), all);
        let top = listed(super::TOP.split("{usage}").nth(1).unwrap());
        assert!(top.len() <= 15, "at most fifteen commands");
        assert!(top.iter().all(|name| all.contains(name)), "{top:?}");
    }

    #[test]
    fn every_command_has_an_example() {
        fn check(command: &clap::Command) {
            if command.get_subcommands().next().is_some() {
                return command.get_subcommands().for_each(check);
            }
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("Example"), "`{}` has no example", command.get_name());
        }
        crate::cli::Cli::command().get_subcommands().for_each(check);
    }

    #[test]
    fn the_arguments_are_sound() {
        crate::cli::Cli::command().debug_assert();
    }
}
