//! Five-field cron lines: what they may say, and what is said about those that are wrong.
//!
//! The grammar is that of POSIX with the steps and names of Vixie cron; nothing is guessed. A line
//! that no clock will ever show is refused too.

use std::fmt;
use std::ops::Range;

use smol_str::SmolStr;

use super::fields::Fields;

/// A five-field cron line: minute, hour, day of the month, month, day of the week.
///
/// Each field is `*`, a value, a range `1-5`, either of the last two with a step (`*/15`, `8-18/2`),
/// or a list of them. Months and days of the week have names (`JAN`, `MON`); Sunday is 0 or 7. If
/// both day fields are restricted, a day has to match one of them; a field that contains `*` does
/// not restrict, so that `*/2` in one and `MON` in the other is both, as in Vixie cron.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    text: SmolStr,
    pub(super) fields: Fields,
    /// The hour field contains no `*`: the line names times of day, and does not follow elapsed time.
    pub(super) names_hours: bool,
}

/// Why a text is not a cron line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CronError {
    pub message: String,
    /// What is wrong, as bytes of the text; none if it is the whole.
    pub range: Option<Range<usize>>,
    /// What to do about it.
    pub help: String,
    /// The line reads well, but names days that no calendar has.
    pub never_fires: bool,
}

const FIVE: &str =
    "write five fields: minute, hour, day of the month, month, day of the week, such as `0 2 * * *`";

/// One of the five fields.
struct Field {
    name: &'static str,
    /// One value of it.
    value: &'static str,
    first: u32,
    last: u32,
    /// How many different values there are: a larger step would be a slip.
    count: u32,
    names: &'static [&'static str],
    /// An example of a list of values.
    example: &'static str,
}

const FIELDS: [Field; 5] = [
    Field { name: "minute", value: "a minute", first: 0, last: 59, count: 60, names: &[], example: "0,30" },
    Field { name: "hour", value: "an hour", first: 0, last: 23, count: 24, names: &[], example: "9,17" },
    Field {
        name: "day of the month",
        value: "a day of the month",
        first: 1,
        last: 31,
        count: 31,
        names: &[],
        example: "1,15",
    },
    Field {
        name: "month",
        value: "a month",
        first: 1,
        last: 12,
        count: 12,
        names: &MONTHS,
        example: "JAN,JUL",
    },
    Field {
        name: "day of the week",
        value: "a day of the week",
        first: 0,
        last: 7,
        count: 7,
        names: &WEEKDAYS,
        example: "MON,FRI",
    },
];

const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// The short forms of other crons, and their five fields.
const SHORT_FORMS: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

impl Cron {
    pub fn parse(text: &str) -> Result<Self, CronError> {
        let words = words(text);
        let [minute, hour, day, month, weekday] = words.as_slice() else {
            return Err(not_five(text, &words));
        };
        let [minutes, hours, days, months, weekdays] =
            [(minute, 0), (hour, 1), (day, 2), (month, 3), (weekday, 4)]
                .map(|(word, field)| read_field(&text[word.clone()], word.start, &FIELDS[field]));
        let (minutes, hours, days, months, mut weekdays) = (minutes?, hours?, days?, months?, weekdays?);
        // Sunday is 0 and 7.
        weekdays.bits = (weekdays.bits | weekdays.bits >> 7) & 0x7F;
        let fields = Fields {
            minutes: minutes.bits,
            hours: narrow(hours.bits),
            days: narrow(days.bits),
            months: narrow(months.bits),
            weekdays: narrow(weekdays.bits),
            both_days: days.starred || weekdays.starred,
        };
        if !fields.ever() {
            return Err(CronError {
                message: format!("{} never fires: no such month has such a day", quoted(text)),
                range: Some(day.start..month.end),
                help: "name a day that the month has".to_owned(),
                never_fires: true,
            });
        }
        let words: Vec<_> = words.into_iter().map(|word| &text[word]).collect();
        Ok(Self { text: words.join(" ").into(), fields, names_hours: !hours.starred })
    }

    /// The line as it was written, with one blank between the fields.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

/// The values that a field names.
struct Values {
    bits: u64,
    /// It contains `*`.
    starred: bool,
}

fn narrow<T: TryFrom<u64>>(bits: u64) -> T {
    T::try_from(bits).ok().expect("no field has larger values than its set has bits")
}

/// Where the words of a text are.
fn words(text: &str) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, letter) in text.char_indices().chain([(text.len(), ' ')]) {
        match (letter.is_whitespace(), start) {
            (false, None) => start = Some(at),
            (true, Some(from)) => {
                words.push(from..at);
                start = None;
            }
            _ => {}
        }
    }
    words
}

fn not_five(text: &str, words: &[Range<usize>]) -> CronError {
    let whole = words.first().map_or(0, |word| word.start)..words.last().map_or(0, |word| word.end);
    let trimmed = &text[whole.clone()];
    if trimmed.starts_with('@') {
        let known = SHORT_FORMS.iter().find(|(short, _)| short.eq_ignore_ascii_case(trimmed));
        let help = known.map_or_else(|| FIVE.to_owned(), |(_, five)| format!("write `{five}`"));
        return error(format!("{} is not a cron line of five fields", quoted(trimmed)), whole, help);
    }
    let (message, help) = match words.len() {
        0 => ("an empty text is not a cron line".to_owned(), FIVE.to_owned()),
        6 => {
            let five = &text[words[1].start..whole.end];
            let help = match Cron::parse(five) {
                Ok(_) => format!("without the seconds it is `{five}`"),
                Err(_) => FIVE.to_owned(),
            };
            (format!("{} has 6 fields, a cron line has 5", quoted(trimmed)), help)
        }
        1 => (format!("{} is 1 field, a cron line has 5", quoted(trimmed)), FIVE.to_owned()),
        count => (format!("{} has {count} fields, a cron line has 5", quoted(trimmed)), FIVE.to_owned()),
    };
    error(message, whole, help)
}

/// Reads one field, whose first byte is at `at` of the line.
fn read_field(text: &str, at: usize, field: &Field) -> Result<Values, CronError> {
    let mut values = Values { bits: 0, starred: false };
    let mut start = at;
    for item in text.split(',') {
        let range = start..start + item.len();
        start = range.end + 1;
        if item.is_empty() {
            let help = format!("write a list as `{}`, without a comma at its ends", field.example);
            return Err(error(
                format!("a value is missing in the {} {}", field.name, quoted(text)),
                at..at + text.len(),
                help,
            ));
        }
        if item == "*" && text != "*" {
            let help = format!("write `*` alone, or the values: `{}`", field.example);
            return Err(error(format!("`*` in a list is every {} already", field.name), range, help));
        }
        values.bits |= read_item(item, range, field)?;
        values.starred |= item.starts_with('*');
    }
    Ok(values)
}

/// Reads `*`, `*/2`, `5`, `1-5`, `1-5/2`.
fn read_item(item: &str, range: Range<usize>, field: &Field) -> Result<u64, CronError> {
    let (base, step) = match item.split_once('/') {
        Some((base, step)) => (base, read_step(step, range.end - step.len()..range.end, field)?),
        None => (item, 1),
    };
    let base_range = range.start..range.start + base.len();
    let (first, last) = if base == "*" {
        (field.first, field.first + field.count - 1)
    } else if let Some((low, high)) = base.split_once('-') {
        let low_end = base_range.start + low.len();
        let first = read_value(low, base_range.start..low_end, field)?;
        let last = read_value(high, low_end + 1..base_range.end, field)?;
        // `SAT-SUN`: the Sunday at the end of a range is the one after Saturday.
        let last = if last == 0 && first > 0 && field.last == 7 { 7 } else { last };
        if first > last {
            return Err(backwards(base, base_range, field, (first, low), (last, high)));
        }
        (first, last)
    } else {
        let value = read_value(base, base_range, field)?;
        if item.len() > base.len() {
            let help = format!("write `{base}-{}/{step}`, or `{base}` alone", field.last);
            return Err(error(
                format!("a step needs a range or `*`, {} has none", quoted(item)),
                range,
                help,
            ));
        }
        (value, value)
    };
    Ok((first..=last).step_by(step).fold(0, |bits, value| bits | 1 << value))
}

fn read_step(text: &str, range: Range<usize>, field: &Field) -> Result<usize, CronError> {
    match text.parse::<u32>() {
        Ok(step) if (1..=field.count).contains(&step) && digits(text) => Ok(step as usize),
        _ => {
            let message = format!("{} is not a step of the {}", quoted(text), field.name);
            let help =
                format!("a step is a number from 1 to {}, as in `*/{}`", field.count, field.count.min(15));
            Err(error(message, range, help))
        }
    }
}

fn read_value(text: &str, range: Range<usize>, field: &Field) -> Result<u32, CronError> {
    if let Some(index) = field.names.iter().position(|name| name.eq_ignore_ascii_case(text)) {
        // Months count from 1, days of the week from 0.
        return Ok(field.first + u32::try_from(index).expect("there are at most 12 names"));
    }
    let number = text.parse::<u32>().ok().filter(|_| digits(text));
    match number {
        Some(number) if (field.first..=field.last).contains(&number) => Ok(number),
        _ => {
            let values = match field.names {
                [] => format!("{} is a number from {} to {}", field.value, field.first, field.last),
                [first, .., last] | [first @ last] => format!(
                    "{} is a number from {} to {} or a name from `{first}` to `{last}`",
                    field.value, field.first, field.last
                ),
            };
            let short = field.names.iter().find(|name| text.to_ascii_uppercase().starts_with(*name));
            let help = match (text, short) {
                ("?", _) => "write `*`".to_owned(),
                (_, Some(name)) => format!("write `{name}`"),
                _ if text.contains(['L', 'W', '#', 'H']) => {
                    format!("{values}; `L`, `W`, `#` and `H` are of other crons")
                }
                _ => values,
            };
            Err(error(format!("{} is not {}", quoted(text), field.value), range, help))
        }
    }
}

fn backwards(
    text: &str,
    range: Range<usize>,
    field: &Field,
    (first, low): (u32, &str),
    (last, high): (u32, &str),
) -> CronError {
    let end = field.first + field.count - 1;
    let ends = |number: u32| {
        field
            .names
            .get((number - field.first) as usize)
            .map_or_else(|| number.to_string(), |name| (*name).to_owned())
    };
    let span = |first: u32, low: &str, last: u32, high: &str| {
        if first == last { low.to_owned() } else { format!("{low}-{high}") }
    };
    let (before, after) =
        (span(first, low, end, &ends(end)), span(field.first, &ends(field.first), last, high));
    error(format!("the range {} runs backwards", quoted(text)), range, format!("write `{before},{after}`"))
}

/// Only digits, and few enough to be meant: `+5` is no number here.
fn digits(text: &str) -> bool {
    !text.is_empty() && text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn error(message: String, range: Range<usize>, help: String) -> CronError {
    CronError { message, range: Some(range), help, never_fires: false }
}

/// What somebody wrote, in backticks: short and without control characters.
fn quoted(text: &str) -> String {
    const MOST: usize = 40;
    let shown: String = text.chars().take(MOST).flat_map(char::escape_debug).collect();
    let rest = if text.chars().nth(MOST).is_some() { "…" } else { "" };
    format!("`{shown}{rest}`")
}

#[cfg(test)]
mod tests;
