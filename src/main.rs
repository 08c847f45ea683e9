//! The `orch` program: parse, run, exit code; nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    orch::cli::main()
}
