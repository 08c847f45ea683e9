//! Every file of the corpus through its target once, as a plain test: what was found stays fixed, without a fuzzer.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "tests look at the disk, and say how much was tried"
)]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::{TARGETS, Target};

/// No input may take a target longer, which the fuzzer says at several times the speed.
const LONGEST: Duration = Duration::from_secs(10);

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn corpus(name: &str) -> Vec<(String, Vec<u8>)> {
    let folder = fuzz().join("corpus").join(name);
    let files = names(&folder).into_iter().map(|file| {
        let bytes = std::fs::read(folder.join(&file)).unwrap();
        (file, bytes)
    });
    files.collect()
}

/// Shows bytes to a target; what breaks it is left where the fuzzer leaves it, too.
fn show(name: &str, target: Target, bytes: &[u8], said: &str) {
    let begun = Instant::now();
    let shown = std::panic::catch_unwind(|| target(bytes));
    if shown.is_ok() && begun.elapsed() < LONGEST {
        return;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/fuzz/artifacts").join(name);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("by-test"), bytes).unwrap();
    panic!(
        "{said} breaks `{name}` after {:?}; the input is {}",
        begun.elapsed(),
        folder.join("by-test").display()
    );
}

#[test]
fn every_file_of_the_corpus_goes_through_its_target() {
    let mut bytes_of_all = 0;
    for (name, target) in TARGETS {
        let files = corpus(name);
        assert!(files.len() >= 5, "{name} has a corpus of {} files", files.len());
        for (file, bytes) in files {
            bytes_of_all += bytes.len();
            show(name, target, &bytes, &format!("tests/fuzz/corpus/{name}/{file}"));
        }
    }
    assert!(
        bytes_of_all < 1 << 20,
        "the corpus has {bytes_of_all} bytes; keep what reaches much with little"
    );
}

/// What is near to the corpus: a few mutations for each target, or `ORCH_TEST_FUZZ=COUNT` of them; what a change breaks
/// at once. The same ones on every machine, so that it fails for the change and not by chance. It learns nothing on the
/// way; for that, there is the fuzzer.
#[test]
fn what_is_near_to_the_corpus_breaks_nothing() {
    let count = std::env::var("ORCH_TEST_FUZZ").map_or(100, |text| text.parse().unwrap());
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((name, target)) = TARGETS.get(next.fetch_add(1, Ordering::Relaxed)) {
                    near(name, *target, count);
                }
            });
        }
    });
}

fn near(name: &str, target: Target, count: u64) {
    let files: Vec<Vec<u8>> = corpus(name).into_iter().map(|(_, bytes)| bytes).collect();
    let begun = Instant::now();
    for seed in 0..count {
        show(name, target, &mutated(&files, seed), &format!("mutation {seed} of the corpus"));
    }
    println!("{name}: {count} mutations in {:?}", begun.elapsed());
}

/// The same for the same seed and corpus.
fn mutated(files: &[Vec<u8>], seed: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    let pick = |random: &mut fastrand::Rng| files[random.usize(..files.len())].clone();
    let mut bytes = pick(&mut random);
    for _ in 0..random.usize(1..6) {
        let (from, to) = (random.usize(..=bytes.len()), random.usize(..=bytes.len()));
        let part = from.min(to)..from.max(to).min(from.min(to) + 64);
        match random.u8(..7) {
            0 if !bytes.is_empty() => {
                let at = random.usize(..bytes.len());
                bytes[at] ^= 1 << random.u8(..8);
            }
            1 if !bytes.is_empty() => {
                let at = random.usize(..bytes.len());
                bytes[at] = random.choice(*b"\0\n \"'{}[]:,-#&*|<>%$\\/=09azAZ~\x7f\xff").unwrap_or_default();
            }
            2 => drop(bytes.drain(part)),
            3 => {
                let copy = bytes[part].to_vec();
                bytes.splice(to..to, copy);
            }
            4 => bytes.truncate(from),
            5 => {
                let other = pick(&mut random);
                let (start, end) = (random.usize(..=other.len()), random.usize(..=other.len()));
                bytes.splice(part, other[start.min(end)..start.max(end)].iter().copied());
            }
            _ => {
                // Lines in another order.
                let mut lines: Vec<Vec<u8>> =
                    bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
                random.shuffle(&mut lines);
                bytes = lines.concat();
            }
        }
    }
    bytes
}

/// A target is an entry, a program, its row in the manifest and a corpus.
#[test]
fn targets_are_complete() {
    let names_of_targets: Vec<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names(&fuzz().join("corpus")), names_of_targets);
    let manifest = std::fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    let programs: Vec<String> = names(&fuzz().join("targets"));
    assert_eq!(programs, names_of_targets.iter().map(|name| format!("{name}.rs")).collect::<Vec<_>>());
    for name in &names_of_targets {
        let program = std::fs::read_to_string(fuzz().join("targets").join(format!("{name}.rs"))).unwrap();
        assert!(program.contains(&format!("orch::fuzzing::{name}(data)")), "{name}");
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name} is not in the manifest");
    }
}

/// The fuzzer runs what the product ships: the packages of its lock file are those of the product's.
#[test]
fn lock_files_agree() {
    let read = |path: &Path| {
        let text = std::fs::read_to_string(path).unwrap();
        let packages: Vec<String> = text
            .split("[[package]]\n")
            .skip(1)
            .map(|package| package.lines().take(2).collect::<Vec<_>>().join(" "))
            .collect();
        packages
    };
    let ours = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock"));
    let own = ["arbitrary", "libfuzzer-sys", "orch-fuzz"].map(|name| format!("name = \"{name}\""));
    let theirs = read(&fuzz().join("Cargo.lock")).into_iter();
    let other: Vec<String> = theirs
        .filter(|package| !ours.contains(package) && !own.iter().any(|own| package.starts_with(own)))
        .collect();
    assert!(other.is_empty(), "run `tests/fuzz/run -l`: {other:?}");
}
