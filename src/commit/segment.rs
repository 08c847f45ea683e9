//! Segments of the log: what one tick did, one event a line after a header line.
//!
//! The lines are frozen as state format 1: a field may be added with a default.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::object::{BadLine, append_json, json, lines};
use crate::model::{Asked, Cause, Event, Fact, Given, ORCH, Time};

/// The first line of a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SegmentV1 {
    pub(super) serial: u64,
    pub(super) at: Time,
    /// The version of `orch` that wrote it.
    pub(super) version: SmolStr,
    /// From 1; a tick of many events has more than one file.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub(super) part: u32,
    /// How many events of the tick stand in the files before this one.
    #[serde(default, skip_serializing_if = "is_none_before")]
    pub(super) before: u32,
    /// The first digits of the seal of the tick before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) after: Option<SmolStr>,
    /// What the tick was given; in its first file.
    #[serde(default, skip_serializing_if = "Given::is_default")]
    pub(super) given: Given,
    /// Six digits for this line without them, and six for each further one: the sums of all bytes so far.
    /// They tell which line was changed where the seal tells that one was. Segments of old have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sums: Option<String>,
}

const fn first() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
const fn is_first(part: &u32) -> bool {
    *part == 1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
const fn is_none_before(before: &u32) -> bool {
    *before == 0
}

/// An event as its line says it: the time only if it is not that of the tick, the actor only if
/// it is not `orch`.
#[derive(Deserialize)]
struct EventV1 {
    fact: Fact,
    actor: Option<SmolStr>,
    rule: Option<SmolStr>,
    why: Option<SmolStr>,
    /// The line of configuration that the rule went by.
    by: Option<SmolStr>,
    /// How many events back the one is that the rule answered: small numbers, much the same from
    /// line to line, that compress to nothing.
    back: Option<u32>,
    at: Option<Time>,
    /// How it was asked for, where that is more than by whom.
    asked: Option<Box<Asked>>,
}

/// The same, borrowed.
#[derive(Serialize)]
struct EventLine<'a> {
    fact: &'a Fact,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    back: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    asked: Option<&'a Asked>,
}

/// The name of a segment's file.
pub(super) fn name(serial: u64, part: u32) -> String {
    if part == 1 { format!("{serial:09}.jsonl") } else { format!("{serial:09}-{part:02}.jsonl") }
}

/// The serial and part that a file name says.
pub(super) fn parse_name(name: &str) -> Option<(u64, u32)> {
    let stem = name.strip_suffix(".jsonl")?;
    let (serial, part) = stem.split_once('-').map_or((stem, Ok(1)), |(serial, part)| (serial, part.parse()));
    let (serial, part) = (serial.parse().ok()?, part.ok()?);
    (self::name(serial, part) == name).then_some((serial, part))
}

/// The files of a tick, in order; each ends before it is larger than `limit`, if lines allow. The sums of the
/// header are made anew, if it has any.
pub(super) fn encode(header: &SegmentV1, events: &[Event], limit: usize) -> Vec<Vec<u8>> {
    let (mut header, at) = (header.clone(), header.at);
    let mut files = Vec::new();
    let mut file = File::new(&mut header);
    let mut line = Vec::new();
    for (index, event) in (header.before..).zip(events) {
        line.clear();
        append_json(&mut line, &event_line(index, event, at));
        if file.len() + line.len() > limit {
            files.push(file.finish(&header));
            header.part += 1;
            header.before = index;
            header.given = Given::default();
            file = File::new(&mut header);
        }
        file.append(&line);
    }
    files.push(file.finish(&header));
    files
}

/// A file in the making.
struct File {
    lines: Vec<u8>,
    /// How long the header is without sums.
    header: usize,
    sum: Sum,
    sums: String,
}

impl File {
    fn new(header: &mut SegmentV1) -> Self {
        let sums = header.sums.take();
        let first = json(header);
        header.sums = sums;
        let mut file =
            Self { lines: Vec::new(), header: first.len(), sum: Sum::default(), sums: String::new() };
        file.sums.push_str(&file.sum.add(&first));
        file
    }

    fn len(&self) -> usize {
        self.header + r#","sums":"""#.len() + self.sums.len() + 6 + self.lines.len()
    }

    fn append(&mut self, line: &[u8]) {
        self.sums.push_str(&self.sum.add(line));
        self.lines.extend_from_slice(line);
    }

    fn finish(self, header: &SegmentV1) -> Vec<u8> {
        let sums = header.sums.as_ref().map(|_| self.sums);
        let mut file = json(&SegmentV1 { sums, ..header.clone() });
        file.extend_from_slice(&self.lines);
        file
    }
}

/// 64-bit FNV-1a, told in 24 bits. It need not withstand anybody: that is what the seal is for.
struct Sum(u64);

impl Default for Sum {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Sum {
    fn add(&mut self, bytes: &[u8]) -> String {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        let folded = self.0 ^ (self.0 >> 24) ^ (self.0 >> 48);
        format!("{:06x}", folded & 0x00ff_ffff)
    }
}

/// The first line that its sums say was changed, added, or comes where another was.
pub(super) fn changed_line(bytes: &[u8]) -> Option<usize> {
    let first = bytes.split(|byte| *byte == b'\n').next()?;
    let mut header: SegmentV1 = serde_json::from_slice(first).ok()?;
    let sums = header.sums.take()?;
    let mut sum = Sum::default();
    let mut found = vec![sum.add(&json(&header))];
    found.extend(bytes.split_inclusive(|byte| *byte == b'\n').skip(1).map(|line| sum.add(line)));
    let expected: Vec<&[u8]> = sums.as_bytes().chunks(6).collect();
    let differs = |index: usize| found.get(index).map(String::as_bytes) != expected.get(index).copied();
    let lines = found.len().max(expected.len());
    let line = (0..lines).find(|index| differs(*index))?;
    // A sum that differs alone was changed itself.
    Some(if (line + 1..lines).any(|index| !differs(index)) { 1 } else { line + 1 })
}

fn event_line(index: u32, event: &Event, at: Time) -> EventLine<'_> {
    let cause = event.cause.as_ref();
    EventLine {
        fact: &event.fact,
        actor: (event.actor != ORCH).then_some(event.actor.as_str()),
        rule: cause.map(|cause| cause.rule.as_str()),
        why: cause.map(|cause| cause.why.as_str()),
        by: cause.and_then(|cause| cause.at.as_deref()),
        back: cause.and_then(|cause| cause.event).map(|event| index.saturating_sub(event)),
        at: (event.at != at).then_some(event.at),
        asked: event.asked.as_deref(),
    }
}

/// The event of the line with this index in the tick.
fn event(index: u32, line: EventV1, at: Time) -> Result<Event, &'static str> {
    let cause = match (line.rule, line.why) {
        (Some(rule), Some(why)) => {
            let back =
                line.back.map(|back| index.checked_sub(back).ok_or("it answers an event before the tick"));
            Some(Cause { rule, why, at: line.by, event: back.transpose()? })
        }
        (None, None) => None,
        _ => return Err("`rule` and `why` stand together or not at all"),
    };
    let actor = line.actor.unwrap_or(SmolStr::new_static(ORCH));
    Ok(Event { at: line.at.unwrap_or(at), actor, cause, asked: line.asked, fact: line.fact })
}

/// Reads a file; gives each event with its line to `take`, which may refuse it.
pub(super) fn decode(
    bytes: &[u8],
    mut take: impl FnMut(usize, Event) -> Result<(), BadLine>,
) -> Result<SegmentV1, BadLine> {
    let bad = |line: usize, error: serde_json::Error| BadLine { line, why: super::read::plain(&error) };
    let mut lines = lines(bytes);
    let (_, first) = lines.next().ok_or_else(|| BadLine { line: 1, why: "the file is empty".into() })?;
    let header: SegmentV1 = serde_json::from_slice(first).map_err(|error| bad(1, error))?;
    for (index, (number, line)) in (header.before..).zip(lines) {
        let line: EventV1 = serde_json::from_slice(line).map_err(|error| bad(number, error))?;
        let event = event(index, line, header.at).map_err(|why| BadLine { line: number, why: why.into() })?;
        take(number, event)?;
    }
    Ok(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(at: i64, actor: &str) -> Event {
        let fact = Fact::TaskCompleted { task: "CONTENT-001".parse().unwrap() };
        Event { at: Time::from_second(at), actor: actor.into(), cause: None, asked: None, fact }
    }

    #[test]
    fn lines_say_only_what_differs_and_long_segments_are_split() {
        let header = header();
        let events = [event(0, ORCH), event(0, "kenji"), event(60, ORCH)];
        let whole = encode(&header, &events, 1 << 20);
        assert_eq!(
            String::from_utf8(whole[0].clone()).unwrap(),
            "{\"serial\":7,\"at\":\"1970-01-01T00:00:00Z\",\"version\":\"0.1.0\"}\n\
             {\"fact\":{\"task.completed\":{\"task\":\"CONTENT-001\"}}}\n\
             {\"fact\":{\"task.completed\":{\"task\":\"CONTENT-001\"}},\"actor\":\"kenji\"}\n\
             {\"fact\":{\"task.completed\":{\"task\":\"CONTENT-001\"}},\"at\":\"1970-01-01T00:01:00Z\"}\n"
        );
        for (limit, sums) in [1, 250, 350, 1 << 20].into_iter().flat_map(|n| [(n, None), (n, Some(""))]) {
            let header = SegmentV1 { sums: sums.map(str::to_owned), ..header.clone() };
            let files = encode(&header, &events, limit);
            let mut read = Vec::new();
            for (index, file) in files.iter().enumerate() {
                assert!(limit == 1 || file.len() <= limit, "{limit}: {}", file.len());
                assert_eq!(changed_line(file), None);
                let header = decode(file, |_, event| {
                    read.push(event);
                    Ok(())
                })
                .unwrap();
                assert_eq!((header.serial, header.part as usize), (7, index + 1));
            }
            assert_eq!(read, events, "limit {limit}");
        }
    }

    fn header() -> SegmentV1 {
        SegmentV1 {
            serial: 7,
            at: Time::from_second(0),
            version: "0.1.0".into(),
            part: 1,
            before: 0,
            after: None,
            given: Given::default(),
            sums: None,
        }
    }

    #[test]
    fn sums_name_the_first_line_that_was_changed() {
        let header = SegmentV1 { sums: Some(String::new()), ..header() };
        let events = [event(0, "ada"), event(0, "kenji"), event(60, "mika"), event(70, ORCH)];
        let file = String::from_utf8(encode(&header, &events, 1 << 20).remove(0)).unwrap();
        let lines: Vec<&str> = file.split_inclusive('\n').collect();
        let with = |edit: &dyn Fn(&mut Vec<String>)| {
            let mut lines = lines.iter().map(|line| (*line).to_owned()).collect();
            edit(&mut lines);
            changed_line(lines.concat().as_bytes())
        };
        assert_eq!(with(&|_| {}), None);
        assert_eq!(with(&|lines| lines[0] = lines[0].replace("0.1.0", "0.1.1")), Some(1));
        assert_eq!(with(&|lines| lines[2] = lines[2].replace("kenji", "kenjo")), Some(3));
        assert_eq!(with(&|lines| drop(lines.remove(2))), Some(3));
        assert_eq!(with(&|lines| drop(lines.pop())), Some(5));
        assert_eq!(with(&|lines| lines.swap(1, 3)), Some(2));
        assert_eq!(with(&|lines| lines.insert(2, lines[1].clone())), Some(3));
        assert_eq!(with(&|lines| lines.push(lines[4].clone())), Some(6));
        let second_sum = file.find("sums").unwrap() + "sums\":\"".len() + 6;
        let mut flipped = file.clone().into_bytes();
        flipped[second_sum] = if flipped[second_sum] == b'0' { b'1' } else { b'0' };
        assert_eq!(changed_line(&flipped), Some(1), "the sum itself");
    }

    #[test]
    fn names_go_there_and_back() {
        for (serial, part) in [(1, 1), (1234, 2), (999_999_999, 100), (1_000_000_000, 1)] {
            assert_eq!(parse_name(&name(serial, part)), Some((serial, part)));
        }
        for text in ["1.jsonl", "000000001.json", "000000001-1.jsonl", "000000001-01.jsonl", "x.jsonl", ""] {
            assert_eq!(parse_name(text), None, "{text}");
        }
    }
}
