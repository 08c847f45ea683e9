//! What people read while a tick works.

use super::{Actions, Look, Plain, StepName, Terminal};
use crate::model::{Ended, Outcome};

const TOKEN: &str = "0123456789abcdef0123";

fn name(step: &str) -> StepName<'_> {
    StepName { run: "clean-logs#12", step, attempt: 1 }
}

fn outcome(ended: Ended, millis: u64, error: Option<&str>) -> Outcome {
    Outcome { millis, error: error.map(str::to_owned), ..Outcome::of(ended) }
}

/// Two steps side by side, the second fails; a third is left for later.
fn story(look: &mut dyn Look) -> String {
    let (fetch, build) = (name("fetch"), name("build"));
    let again = StepName { attempt: 2, ..build };
    [
        look.started(fetch, "run `curl -s example.com`", 0),
        look.started(again, "run `make`", 100),
        look.printed(fetch, "one\ntwo\n", 1000),
        look.printed(again, "\u{1b}[31mred\u{1b}[0m\n10%\r50%\r100%\n::error::forged\n", 1100),
        look.finished(fetch, &outcome(Ended::Succeeded, 1240, None), 1240),
        look.finished(again, &outcome(Ended::Failed, 20_000, Some("exit code 2: 50%,\nno: way")), 20_100),
        look.carried_over(name("report"), "due at 2026-01-09T10:00:00Z", 20_200),
        look.ended(),
    ]
    .concat()
}

#[test]
fn a_plain_log_says_whose_each_line_is() {
    insta::assert_snapshot!(story(&mut Plain::default()), @"
    run clean-logs#12
      ~ fetch: run `curl -s example.com`
      ~ build: run `make`, attempt 2
        fetch │ one
        fetch │ two
        build │ red
        build │ 100%
        build │ ::error::forged
      = fetch succeeded in 1.2s
      ! build (attempt 2) failed after 20s: exit code 2: 50%, no: way
      ? report goes on later: due at 2026-01-09T10:00:00Z
    ");
}

#[test]
fn actions_show_a_group_for_each_step_and_execute_nothing() {
    insta::assert_snapshot!(story(&mut Actions::new(TOKEN)), @"
    ::group::clean-logs#12 · = fetch succeeded in 1.2s
    ::stop-commands::0123456789abcdef0123
    run `curl -s example.com`
    one
    two
    ::0123456789abcdef0123::
    ::endgroup::
    ::group::clean-logs#12 · ! build (attempt 2) failed after 20s: exit code 2: 50%25, no: way
    ::stop-commands::0123456789abcdef0123
    run `make`
    red
    100%
    ::error::forged
    ::0123456789abcdef0123::
    ::endgroup::
    ::error title=clean-logs#12 build::exit code 2: 50%25,%0Ano: way
    ::group::clean-logs#12 · ? report goes on later: due at 2026-01-09T10:00:00Z
    ::stop-commands::0123456789abcdef0123
    ::0123456789abcdef0123::
    ::endgroup::
    ");
}

#[test]
fn nothing_that_is_printed_ends_the_protection() {
    let mut look = Actions::new(TOKEN);
    look.started(name("x"), "run `echo`", 0);
    look.printed(name("x"), &format!("::{TOKEN}::\n::add-mask::a\r\n##[error]no\n"), 0);
    let text = look.finished(name("x"), &outcome(Ended::Succeeded, 0, None), 0);
    assert_eq!(text.matches(TOKEN).count(), 2, "{text}");
    let (before, after) = text.split_once(&format!("::stop-commands::{TOKEN}\n")).unwrap();
    let (inside, after) = after.split_once(&format!("\n::{TOKEN}::\n")).unwrap();
    assert!(inside.contains("::add-mask::a") && before.starts_with("::group::"), "{text}");
    assert_eq!(after, "::endgroup::\n");
}

#[test]
fn what_a_step_is_called_is_no_command_either() {
    let mut look = Actions::new(TOKEN);
    let hostile = StepName { run: "w#1\n::error::a", step: "b\r\n::set-output name=x::y", attempt: 1 };
    look.started(hostile, "c\n::debug::d", 0);
    let text = look.finished(hostile, &outcome(Ended::Failed, 0, Some("e\n::warning::f")), 0);
    let commands: Vec<&str> = text.lines().filter(|line| line.starts_with("::")).collect();
    let kinds: Vec<&str> = commands.iter().map(|line| line.split("::").nth(1).unwrap()).collect();
    assert_eq!(
        kinds,
        [
            "group",
            "stop-commands",
            TOKEN,
            "endgroup",
            "error title=w#1 %3A%3Aerror%3A%3Aa b %3A%3Aset-output name=x%3A%3Ay"
        ]
    );
}

#[test]
fn much_output_is_kept_from_its_end() {
    let mut look = Actions::new(TOKEN);
    for line in 0..200_000 {
        look.printed(name("x"), &format!("line {line}\n"), 0);
    }
    let text = look.finished(name("x"), &outcome(Ended::Succeeded, 0, None), 0);
    assert!(
        text.len() < (1 << 20) + 1000 && text.contains("bytes left out") && text.contains("line 199999\n")
    );
}

/// What a terminal would show, row by row: knows `ESC[nA`, `ESC[J`, `\r` and line breaks.
fn screen(text: &str) -> Vec<String> {
    let mut rows = vec![String::new()];
    let (mut row, mut chars) = (0, text.chars().peekable());
    while let Some(c) = chars.next() {
        match c {
            '\n' => {
                row += 1;
                if row == rows.len() {
                    rows.push(String::new());
                }
            }
            '\r' => {}
            '\u{1b}' => {
                assert_eq!(chars.next(), Some('['));
                let mut number = String::new();
                let end = loop {
                    match chars.next().unwrap() {
                        digit if digit.is_ascii_digit() => number.push(digit),
                        end => break end,
                    }
                };
                match end {
                    'A' => row -= number.parse::<usize>().unwrap(),
                    'J' => {
                        rows.truncate(row);
                        rows.push(String::new());
                    }
                    'm' => {}
                    other => panic!("unknown sequence {other}"),
                }
            }
            c => rows[row].push(c),
        }
    }
    rows
}

#[test]
fn a_terminal_ends_with_what_happened_and_no_live_line() {
    insta::assert_snapshot!(screen(&story(&mut Terminal::new(60, true))).join("\n"), @"
    fetch │ one
    fetch │ two
    build │ red
    build │ 100%
    build │ ::error::forged
    = fetch succeeded in 1.2s
    ! build (attempt 2) failed after 20s: exit code 2: 50%, no: way
    ? report goes on later: due at 2026-01-09T10:00:00Z
    ");
}

#[test]
fn live_lines_stay_below_and_fit() {
    let mut look = Terminal::new(40, false);
    let mut text = look.started(name("fetch"), "run `curl -s https://example.com/a/very/long/path`", 0);
    text += &look.started(name("build"), "run `make`", 0);
    text += &look.printed(name("build"), "compiling 文化文化文化文化文化文化文化文化文化文化\n", 1500);
    text += &look.passed(2400);
    insta::assert_snapshot!(screen(&text).join("\n"), @"
    build │ compiling 文化文化文化文化文化文化文化文化文化文化
    ⠼ fetch 2.4s run `curl -s https://exam…
    ⠼ build 2.4s compiling 文化文化文化文…
    ");
    for n in 0..20 {
        let step = format!("s{n}");
        text += &look.started(name(&step), "run `true`", 3000);
    }
    let shown = screen(&text);
    assert_eq!(shown.iter().filter(|row| row.starts_with('⠋')).count(), 12, "{shown:#?}");
    assert!(shown.iter().any(|row| row == "  … and 10 more"));
    text += &look.ended();
    assert_eq!(screen(&text).iter().filter(|row| !row.is_empty()).count(), 1, "only what was printed stays");
}
