//! Lines that are read, and what is said about the others.

use super::*;

#[test]
fn reads_what_cron_reads() {
    let fields = |line: &str| Cron::parse(line).unwrap().fields;
    let all = fields("* * * * *");
    assert_eq!((all.minutes, all.hours), ((1 << 60) - 1, (1 << 24) - 1));
    assert_eq!((all.days, all.months, all.weekdays), (u32::MAX - 1, 0x1FFE, 0x7F));
    assert_eq!(fields("0,5-7,50-59/4 * * * *").minutes, 1 | 0b111 << 5 | 1 << 50 | 1 << 54 | 1 << 58);
    assert_eq!(fields("*/20 08 * * *").minutes, 1 | 1 << 20 | 1 << 40);
    assert_eq!(fields("0 8-18/5 * * *").hours, 1 << 8 | 1 << 13 | 1 << 18);
    assert_eq!(fields("0 0 * jan,Dec *").months, 1 << 1 | 1 << 12);
    for (weekdays, bits) in [
        ("0", 1),
        ("7", 1),
        ("sun", 1),
        ("5-7", 0b110_0001),
        ("FRI-SUN", 0b110_0001),
        ("SUN-TUE", 0b111),
        ("0-7", 0x7F),
        ("*/2", 0b101_0101),
        ("MON,3", 0b1010),
    ] {
        assert_eq!(fields(&format!("0 0 * * {weekdays}")).weekdays, bits, "{weekdays}");
    }
    assert_eq!(Cron::parse(" 0\t2  * * MON ").unwrap().to_string(), "0 2 * * MON");
}

#[test]
fn says_what_is_wrong_and_where() {
    for (line, wrong, message, help) in [
        (
            "*/61 * * * *",
            "61",
            "`61` is not a step of the minute",
            "a step is a number from 1 to 60, as in `*/15`",
        ),
        (
            "*/0 * * * *",
            "0",
            "`0` is not a step of the minute",
            "a step is a number from 1 to 60, as in `*/15`",
        ),
        (
            "0 0 * */13 *",
            "13",
            "`13` is not a step of the month",
            "a step is a number from 1 to 12, as in `*/12`",
        ),
        (
            "1,2,, * * * *",
            "1,2,,",
            "a value is missing in the minute `1,2,,`",
            "write a list as `0,30`, without a comma at its ends",
        ),
        ("60 * * * *", "60", "`60` is not a minute", "a minute is a number from 0 to 59"),
        ("0 24 * * *", "24", "`24` is not an hour", "an hour is a number from 0 to 23"),
        ("0 +2 * * *", "+2", "`+2` is not an hour", "an hour is a number from 0 to 23"),
        ("0 2 ? * 1", "?", "`?` is not a day of the month", "write `*`"),
        (
            "0 2 L * *",
            "L",
            "`L` is not a day of the month",
            "a day of the month is a number from 1 to 31; `L`, `W`, `#` and `H` are of other crons",
        ),
        ("0 2 * * Monday", "Monday", "`Monday` is not a day of the week", "write `MON`"),
        (
            "0 2 * * 8",
            "8",
            "`8` is not a day of the week",
            "a day of the week is a number from 0 to 7 or a name from `SUN` to `SAT`",
        ),
        ("0 22-2 * * *", "22-2", "the range `22-2` runs backwards", "write `22-23,0-2`"),
        ("0 2 * * FRI-MON", "FRI-MON", "the range `FRI-MON` runs backwards", "write `FRI-SAT,SUN-MON`"),
        ("0 2 * * SAT-MON", "SAT-MON", "the range `SAT-MON` runs backwards", "write `SAT,SUN-MON`"),
        (
            "5/15 * * * *",
            "5/15",
            "a step needs a range or `*`, `5/15` has none",
            "write `5-59/15`, or `5` alone",
        ),
        (
            "*,5 * * * *",
            "*",
            "`*` in a list is every minute already",
            "write `*` alone, or the values: `0,30`",
        ),
        ("0 2 1- * *", "", "`` is not a day of the month", "a day of the month is a number from 1 to 31"),
        (
            "0 0 2 * * *",
            "0 0 2 * * *",
            "`0 0 2 * * *` has 6 fields, a cron line has 5",
            "without the seconds it is `0 2 * * *`",
        ),
        ("@daily", "@daily", "`@daily` is not a cron line of five fields", "write `0 0 * * *`"),
        (" @reboot", "@reboot", "`@reboot` is not a cron line of five fields", FIVE),
        ("* * *", "* * *", "`* * *` has 3 fields, a cron line has 5", FIVE),
        ("15m", "15m", "`15m` is 1 field, a cron line has 5", FIVE),
        ("", "", "an empty text is not a cron line", FIVE),
        (
            "0 2 * \u{1b}[31m *",
            "\u{1b}[31m",
            "`\\u{1b}[31m` is not a month",
            "a month is a number from 1 to 12 or a name from `JAN` to `DEC`",
        ),
        ("0 ２ * * *", "２", "`２` is not an hour", "an hour is a number from 0 to 23"),
    ] {
        let error = Cron::parse(line).unwrap_err();
        assert_eq!((error.message.as_str(), error.help.as_str()), (message, help), "{line}");
        assert_eq!(&line[error.range.unwrap()], wrong, "{line}");
        assert!(!error.never_fires);
    }
}

#[test]
fn refuses_days_that_never_come() {
    for line in ["0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 30-31 FEB *", "0 0 31 2 */2"] {
        let error = Cron::parse(line).unwrap_err();
        assert!(error.never_fires, "{line}");
        assert_eq!(error.message, format!("`{line}` never fires: no such month has such a day"));
    }
    // A day of the week is enough, and 29 February comes, on each day of the week.
    for line in ["0 0 30 2 MON", "0 0 29 2 *", "0 0 29 2 */6", "0 0 31 * *", "0 0 30,31 4 *"] {
        assert!(Cron::parse(line).is_ok(), "{line}");
    }
}

#[test]
fn survives_long_and_odd_texts() {
    for line in [",".repeat(100_000), "9".repeat(100_000), "* ".repeat(100_000), "é/é-é,é * * * *".to_owned()]
    {
        let error = Cron::parse(&line).unwrap_err();
        assert!(error.message.chars().count() < 120, "{}", error.message);
        assert!(error.range.is_none_or(|range| line.get(range).is_some()));
    }
}
