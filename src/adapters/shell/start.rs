//! Starting a program, and saying in words why that did not work.
#![expect(clippy::disallowed_methods, reason = "the adapter for programs starts them")]

use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind, PipeReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use rustix::fs::{Access, access};

use crate::ports::Program;

/// Where programs are looked for if `PATH` is not set, as `execvp` does.
const DEFAULT_PATH: &str = "/bin:/usr/bin";

/// The program with nothing on stdin, and the pipe that everything it prints goes to.
///
/// Nothing here makes std fork, which would copy the page tables of this process: no `pre_exec`, and
/// the program is looked up beforehand.
pub(super) fn start(program: &Program) -> Result<(Child, PipeReader), String> {
    let Some((name, arguments)) = program.argv.split_first().filter(|(name, _)| !name.is_empty()) else {
        return Err("no program is named".into());
    };
    let wrong = program.env.iter().map(|(name, _)| name).chain(&program.without);
    if let Some(wrong) = wrong.into_iter().find(|name| name.is_empty() || name.contains(['=', '\0'])) {
        return Err(format!("`{}` cannot be the name of a variable", wrong.escape_debug()));
    }
    let (found, is_remembered) = find(program, name)?;
    let mut command = Command::new(&found);
    command.arg0(name).args(arguments).current_dir(&program.cwd).process_group(0);
    for name in &program.without {
        command.env_remove(name);
    }
    command.envs(program.env.iter().map(|(name, value)| (name, value)));
    spawn(command).or_else(|error| {
        if is_remembered {
            // It may have gone since.
            remember(None);
            return start(program);
        }
        Err(words(program, name, &error))
    })
}

fn spawn(mut command: Command) -> io::Result<(Child, PipeReader)> {
    let (reader, writer) = io::pipe()?;
    command.stdin(Stdio::null()).stderr(writer.try_clone()?).stdout(writer);
    // Our ends for writing go with the command; as long as they are open, the pipe does not end.
    Ok((command.spawn()?, reader))
}

/// Where a program was found, and in which folders it was looked for.
#[derive(Clone)]
struct Found {
    name: String,
    folders: OsString,
    path: PathBuf,
}

static LAST: Mutex<Option<Found>> = Mutex::new(None);

fn remember(found: Option<Found>) {
    *LAST.lock().unwrap_or_else(PoisonError::into_inner) = found;
}

/// The file to run: `name` itself if it is a path. Looked up here, since a child that tries one folder
/// after the other takes longer, and would look in our `PATH` instead of its own. And whether it was looked up
/// for an earlier program, as most steps start the same shell.
fn find(program: &Program, name: &str) -> Result<(PathBuf, bool), String> {
    if name.contains('/') {
        return Ok((name.into(), false));
    }
    let other = program.env.iter().rev().find(|(name, _)| name == "PATH").map(|(_, value)| value.into());
    let is_ours = other.is_none() && !program.without.iter().any(|name| name == "PATH");
    let ours = || is_ours.then(|| std::env::var_os("PATH")).flatten();
    let folders = other.or_else(ours).unwrap_or_else(|| OsString::from(DEFAULT_PATH));
    let last = LAST.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some(last) = last.filter(|last| last.name == name && last.folders == folders) {
        return Ok((last.path, true));
    }
    // An empty entry is the folder that the program runs in, and others may be relative to it.
    let places = std::env::split_paths(&folders).map(|folder| {
        if folder.as_os_str().is_empty() { Path::new(".").join(name) } else { folder.join(name) }
    });
    let is_program = |path: &PathBuf| {
        let path = program.cwd.join(path);
        path.is_file() && access(&path, Access::EXEC_OK).is_ok()
    };
    let found = places.into_iter().find(is_program);
    if let Some(path) = found.as_ref().filter(|path| path.is_absolute()) {
        remember(Some(Found { name: name.to_owned(), folders: folders.clone(), path: path.clone() }));
    }
    let found = found.map(|path| (path, false));
    found.ok_or_else(|| {
        let is_there = |folder: PathBuf| program.cwd.join(folder).join(name).is_file();
        folder_words(&program.cwd).unwrap_or_else(|| match std::env::split_paths(&folders).any(is_there) {
            true => format!("no permission to run `{name}`; is it executable?"),
            false if is_ours => format!("no such program `{name}`"),
            false => format!("no such program `{name}` in its PATH `{}`", folders.display()),
        })
    })
}

/// Why the system did not start a program. It names one error for the folder, the program and what
/// the program's first line asks for.
fn words(program: &Program, name: &str, error: &io::Error) -> String {
    let of_a_path =
        matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::PermissionDenied);
    if let Some(words) = of_a_path.then(|| folder_words(&program.cwd)).flatten() {
        return words;
    }
    let path = program.cwd.join(name);
    match error.kind() {
        ErrorKind::NotFound if name.contains('/') && path.is_file() => match first_line(&path) {
            Some(line) => format!("`{name}` asks to be run by `{line}`, which does not exist"),
            None => format!("`{name}` needs a loader that does not exist; was it built for this system?"),
        },
        ErrorKind::NotFound | ErrorKind::NotADirectory => format!("no such program `{name}`"),
        ErrorKind::PermissionDenied if path.is_dir() => format!("`{name}` is a folder, not a program"),
        ErrorKind::PermissionDenied => format!("no permission to run `{name}`; is it executable?"),
        ErrorKind::ArgumentListTooLong => {
            format!("the arguments and variables of `{name}` are more than the system takes")
        }
        ErrorKind::InvalidInput => format!("the arguments or variables of `{name}` hold a NUL character"),
        _ if error.raw_os_error() == Some(rustix::io::Errno::NOEXEC.raw_os_error()) => {
            format!("`{name}` is not a program; a script begins with a line such as `#!/bin/sh`")
        }
        _ => format!("cannot start `{name}`: {error}"),
    }
}

/// What is wrong with a folder to run in, if anything is.
fn folder_words(folder: &Path) -> Option<String> {
    let shown = folder.display();
    match fs::metadata(folder) {
        Ok(metadata) if !metadata.is_dir() => Some(format!("cannot run in `{shown}`: it is not a folder")),
        Ok(_) if access(folder, Access::EXEC_OK).is_err() => {
            Some(format!("no permission to run in `{shown}`"))
        }
        Ok(_) => None,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Some(format!("cannot run in `{shown}`: there is no such folder"))
        }
        Err(error) => Some(format!("cannot run in `{shown}`: {error}")),
    }
}

/// The program that a script names in its first line.
fn first_line(path: &Path) -> Option<String> {
    let mut file = fs::File::open(path).ok()?;
    let mut bytes = [0; 256];
    let length = io::Read::read(&mut file, &mut bytes).ok()?;
    let line = bytes[..length].strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    Some(String::from_utf8_lossy(line).trim().to_owned())
}
