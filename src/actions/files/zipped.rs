//! Zip archives with a manifest: writing one, reading it back, and holding it to its checksums.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Read, Write};

use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::actions::World;
use crate::model::{Time, hex};
use crate::ports::{Opened, Stat, WorkspaceError};

/// The file of an archive that says what else is in it.
pub(super) const MANIFEST: &str = "MANIFEST.json";
/// The largest manifest that is read: some 300,000 files.
const MANIFEST_BYTES: u64 = 64 << 20;
/// From here on an entry needs the sizes of zip64.
const LARGE: u64 = u32::MAX as u64;

/// A file in an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) path: String,
    pub(super) bytes: u64,
    pub(super) modified: Time,
    /// In hexadecimal.
    pub(super) sha256: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Contents {
    format_version: u32,
    created: Time,
    files: Vec<Entry>,
}

/// Why there is no archive.
#[derive(Debug)]
pub(super) enum PackError {
    /// A file is not as it was seen, or cannot be read.
    File(String, WorkspaceError),
    Archive(WorkspaceError),
}

/// Writes an archive of files that are as they were seen, before and after they are read.
pub(super) fn pack(to: &str, files: &[Stat], world: &World<'_>) -> Result<Vec<Entry>, PackError> {
    let (mut entries, mut wrong) = (Vec::with_capacity(files.len()), None);
    let written = world.files.write(to, false, &mut |out| {
        let mut zip = ZipWriter::new_stream(out);
        for file in files {
            let options = SimpleFileOptions::default()
                .last_modified_time(zip_time(file.modified))
                .large_file(file.bytes >= LARGE);
            zip.start_file(&*file.path, options)?;
            match copy_as_seen(file, &mut zip, world) {
                Ok(entry) => entries.push(entry),
                Err(CopyError::Source(error)) => {
                    wrong = Some((file.path.clone(), error.clone()));
                    return Err(io::Error::other(error));
                }
                Err(CopyError::Sink(error)) => return Err(error),
            }
        }
        let contents = Contents { format_version: 1, created: world.now, files: entries.clone() };
        zip.start_file(MANIFEST, SimpleFileOptions::default().last_modified_time(zip_time(world.now)))?;
        serde_json::to_writer_pretty(&mut zip, &contents)?;
        zip.finish()?;
        Ok(())
    });
    match (wrong, written) {
        (Some((path, error)), _) => Err(PackError::File(path, error)),
        (None, Err(error)) => Err(PackError::Archive(error)),
        (None, Ok(())) => Ok(entries),
    }
}

enum CopyError {
    Source(WorkspaceError),
    Sink(io::Error),
}

fn copy_as_seen(file: &Stat, into: &mut impl Write, world: &World<'_>) -> Result<Entry, CopyError> {
    let as_seen = || match world.files.stat(&file.path)? {
        Some(now) if now.mark == file.mark => Ok(()),
        Some(_) => Err(WorkspaceError::Changed(file.path.clone())),
        None => Err(WorkspaceError::Missing(file.path.clone())),
    };
    as_seen().map_err(CopyError::Source)?;
    let mut from = world.files.open(&file.path).map_err(CopyError::Source)?;
    let mut summed = Summed::new(into);
    // Which side failed decides whether the file is left out or the archive is given up.
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = from.read(&mut buffer).map_err(|error| {
            CopyError::Source(WorkspaceError::Io { path: file.path.clone(), why: error.to_string() })
        })?;
        if read == 0 {
            break;
        }
        summed.write_all(&buffer[..read]).map_err(CopyError::Sink)?;
    }
    as_seen().map_err(CopyError::Source)?;
    let (bytes, sha256) = summed.finish();
    if bytes != file.bytes {
        return Err(CopyError::Source(WorkspaceError::Changed(file.path.clone())));
    }
    Ok(Entry { path: file.path.clone(), bytes, modified: file.modified, sha256 })
}

/// An archive that was found.
pub(super) struct Archive(ZipArchive<BufReader<Box<dyn Opened>>>);

impl Archive {
    /// None: it is no archive that can be read.
    pub(super) fn open(path: &str, world: &World<'_>) -> Result<Option<Self>, WorkspaceError> {
        Ok(ZipArchive::new(BufReader::new(world.files.open(path)?)).ok().map(Self))
    }

    /// What its manifest says is in it, by path; none without a manifest.
    pub(super) fn entries(&mut self) -> Option<BTreeMap<String, Entry>> {
        let manifest = self.0.by_name(MANIFEST).ok()?;
        let contents: Contents =
            serde_json::from_reader(BufReader::new(manifest.take(MANIFEST_BYTES))).ok()?;
        Some(contents.files.into_iter().map(|entry| (entry.path.clone(), entry)).collect())
    }

    /// Whether a file is in it whole.
    pub(super) fn holds(&mut self, entry: &Entry) -> bool {
        let Ok(file) = self.0.by_name(&entry.path) else { return false };
        let mut summed = Summed::new(io::sink());
        // One byte more than there should be is enough to see that there are too many.
        let is_read = io::copy(&mut file.take(entry.bytes.saturating_add(1)), &mut summed).is_ok();
        is_read && summed.finish() == (entry.bytes, entry.sha256.clone())
    }
}

/// The SHA-256 of a file as it is now.
pub(super) fn sha256(path: &str, world: &World<'_>) -> Result<String, WorkspaceError> {
    let mut summed = Summed::new(io::sink());
    let read = io::copy(&mut *world.files.open(path)?, &mut summed);
    read.map_err(|error| WorkspaceError::Io { path: path.to_owned(), why: error.to_string() })?;
    Ok(summed.finish().1)
}

/// Counts and sums what passes through.
struct Summed<W> {
    inner: W,
    context: Context,
    bytes: u64,
}

impl<W: Write> Summed<W> {
    fn new(inner: W) -> Self {
        Self { inner, context: Context::new(&SHA256), bytes: 0 }
    }

    fn finish(self) -> (u64, String) {
        (self.bytes, hex::encode(self.context.finish().as_ref()))
    }
}

impl<W: Write> Write for Summed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.context.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// In UTC; the first moment that a zip can tell, 1980, for what is earlier.
fn zip_time(time: Time) -> zip::DateTime {
    let text = time.to_string();
    let number = |from: usize, to: usize| text[from..to].parse::<u8>().unwrap_or_default();
    let year = text[..4].parse().unwrap_or_default();
    zip::DateTime::from_date_and_time(
        year,
        number(5, 7),
        number(8, 10),
        number(11, 13),
        number(14, 16),
        number(17, 19),
    )
    .unwrap_or_default()
}
