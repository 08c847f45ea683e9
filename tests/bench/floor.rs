//! What the machine itself costs: a loop that starts processes, and one that parses YAML and validates it
//! against a JSON Schema. Nothing is recorded, nothing is checked beyond that.
//!
//!     cargo bench --bench floor -- spawn COUNT JOBS      # `sh -c 'test 1 -eq 1'`, output captured, own group
//!     cargo bench --bench floor -- validate SCHEMA FILE...
#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "this is a program")]

use std::error::Error;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, thread};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["spawn", count, jobs] => spawn(count.parse()?, jobs.parse()?),
        ["validate", schema, files @ ..] => validate(schema, files),
        _ => {
            println!("usage: spawn COUNT JOBS | validate SCHEMA FILE...");
            Ok(())
        }
    }
}

fn spawn(count: usize, jobs: usize) -> Result<(), Box<dyn Error>> {
    let next = AtomicUsize::new(0);
    let work = || -> std::io::Result<()> {
        while next.fetch_add(1, Ordering::Relaxed) < count {
            let mut command = Command::new("/bin/sh");
            command.args(["-c", "test 1 -eq 1"]).stdin(Stdio::null()).process_group(0);
            assert!(command.output()?.status.success());
        }
        Ok(())
    };
    thread::scope(|scope| {
        let others: Vec<_> = (1..jobs).map(|_| scope.spawn(work)).collect();
        work()?;
        others.into_iter().try_for_each(|other| other.join().expect("a worker does not panic"))
    })?;
    Ok(())
}

fn validate(schema: &str, files: &[&str]) -> Result<(), Box<dyn Error>> {
    let schema = serde_json::from_str(&fs::read_to_string(schema)?)?;
    let validator = jsonschema::validator_for(&schema)?;
    let mut invalid = 0;
    for file in files {
        let value: serde_json::Value = serde_yaml_ng::from_str(&fs::read_to_string(file)?)?;
        if let Err(error) = validator.validate(&value) {
            invalid += 1;
            println!("{file}: {error} at {}", error.instance_path());
        }
    }
    println!("{} files, {invalid} invalid", files.len());
    Ok(())
}
