//! Packets of git's protocol: four hexadecimal digits of length, then as many bytes.

use std::collections::BTreeSet;
use std::io::Read;

use git2::Oid;

use super::wire::{Advertised, Lost};

/// The first byte of a packet says what it is, where both ends agreed on that.
const PACK: u8 = 1;
const PROGRESS: u8 = 2;
const FATAL: u8 = 3;

/// What a hook says may be long; more than this of it nobody reads.
const SAID: usize = 16 << 10;

pub(super) enum Packet {
    Data(Vec<u8>),
    Flush,
}

pub(super) fn line(into: &mut Vec<u8>, text: &str) {
    into.extend_from_slice(format!("{:04x}{text}", text.len() + 4).as_bytes());
}

pub(super) fn flush(into: &mut Vec<u8>) {
    into.extend_from_slice(b"0000");
}

pub(super) fn read(from: &mut impl Read) -> Result<Packet, Lost> {
    let mut length = [0; 4];
    from.read_exact(&mut length).map_err(|error| Lost::io(&error))?;
    let length = std::str::from_utf8(&length).ok().and_then(|text| usize::from_str_radix(text, 16).ok());
    match length {
        Some(0) => Ok(Packet::Flush),
        Some(length @ 4..) => {
            let mut data = vec![0; length - 4];
            from.read_exact(&mut data).map_err(|error| Lost::io(&error))?;
            refused(&data).map_or(Ok(Packet::Data(data)), Err)
        }
        _ => Err(Lost::garbled()),
    }
}

/// A server that cannot go on says so in any place.
fn refused(data: &[u8]) -> Option<Lost> {
    let words = data.strip_prefix(b"ERR ")?;
    Some(Lost::words_of(String::from_utf8_lossy(words).trim().to_owned()))
}

/// The pack in the reply to a fetch.
#[derive(Default)]
pub(super) struct Pack {
    /// As far as it was looked at: magic, version, number of objects.
    head: Vec<u8>,
}

impl Pack {
    /// The next bytes of it; none when it is complete.
    pub(super) fn next(&mut self, reply: &mut impl Read) -> Result<Option<Vec<u8>>, Lost> {
        loop {
            let Packet::Data(mut data) = read(reply)? else { return Ok(None) };
            if data.is_empty() {
                return Err(Lost::garbled());
            }
            match data.remove(0) {
                PACK => {
                    let missing = 12usize.saturating_sub(self.head.len()).min(data.len());
                    self.head.extend_from_slice(&data[..missing]);
                    return Ok(Some(data));
                }
                // What both have in common is acknowledged (`ACK`, `NAK`) before the pack.
                PROGRESS | b'A' | b'N' => {}
                FATAL => return Err(Lost::words_of(String::from_utf8_lossy(&data).trim().to_owned())),
                _ => return Err(Lost::garbled()),
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.head.get(8..12).is_none_or(|count| count == [0; 4])
    }
}

/// An object id, whole: libgit2 takes the beginning of one for the id that goes on with zeros.
pub(super) fn id(text: &str) -> Result<Oid, Lost> {
    let whole = Some(text).filter(|text| text.len() == 40);
    whole.and_then(|text| Oid::from_str(text).ok()).ok_or_else(Lost::garbled)
}

/// The commits at which history ends after a fetch, given those before.
pub(super) fn ends(reply: &mut impl Read, mut ends: BTreeSet<Oid>) -> Result<BTreeSet<Oid>, Lost> {
    while let Packet::Data(data) = read(reply)? {
        let text = String::from_utf8_lossy(&data).into_owned();
        if let Some(rest) = text.strip_prefix("shallow ") {
            ends.insert(id(rest.trim())?);
        } else if let Some(rest) = text.strip_prefix("unshallow ") {
            ends.remove(&id(rest.trim())?);
        }
    }
    Ok(ends)
}

/// What a server says a push came to.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub accepted: Vec<String>,
    /// With the reason.
    pub rejected: Vec<(String, String)>,
    /// What its hooks said.
    said: Vec<u8>,
}

impl Report {
    /// A reason, with what the hooks said about it, as the `git` command shows them.
    pub(super) fn said_with(&self, summary: &str) -> String {
        let said = String::from_utf8_lossy(&self.said);
        let lines: Vec<&str> = said.lines().map(str::trim_end).collect();
        let said = lines.join("\n");
        match said.trim() {
            "" => format!("[remote rejected] ({summary})"),
            said => format!("[remote rejected] ({summary})\n{said}"),
        }
    }

    fn take(&mut self, line: &[u8]) -> Result<(), Lost> {
        let line = String::from_utf8_lossy(line);
        let line = line.trim_end();
        if let Some(name) = line.strip_prefix("ok ") {
            self.accepted.push(name.to_owned());
        } else if let Some(rest) = line.strip_prefix("ng ") {
            let (name, why) = rest.split_once(' ').unwrap_or((rest, "no reason given"));
            self.rejected.push((name.to_owned(), why.to_owned()));
        } else if !line.starts_with("unpack ") {
            return Err(Lost::garbled());
        }
        Ok(())
    }
}

/// Reads the reply to a push to its end: one that is cut short says nothing.
pub(super) fn report(reply: &mut impl Read, there: &Advertised) -> Result<Report, Lost> {
    let mut report = Report::default();
    if !there.can("side-band-64k") {
        while let Packet::Data(line) = read(reply)? {
            report.take(&line)?;
        }
        return Ok(report);
    }
    let mut inner = Vec::new();
    while let Packet::Data(mut data) = read(reply)? {
        if data.is_empty() {
            return Err(Lost::garbled());
        }
        match data.remove(0) {
            PACK => inner.extend_from_slice(&data),
            _ if report.said.len() < SAID => report.said.extend_from_slice(&data),
            _ => {}
        }
    }
    let mut inner = inner.as_slice();
    while let Packet::Data(line) = read(&mut inner)? {
        report.take(&line)?;
    }
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::id;

    #[test]
    fn ids_are_whole() {
        let whole = "4f2a9c1e5b7d4f2a9c1e5b7d4f2a9c1e5b7d4f2a";
        assert_eq!(id(whole).unwrap().to_string(), whole);
        for text in ["", "4f2a9c1", &whole[1..], &format!("{whole}0"), &whole.replace('e', "g")] {
            assert!(id(text).is_err(), "{text}");
        }
    }
}
