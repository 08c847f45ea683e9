//! The weekly report on a hundred reports: what it says, its chart, the archive, the index.

use std::collections::BTreeMap;
use std::io::Read;

use serde_json::Value;

use super::project;
use crate::harness::Sandbox;

const TYPES: [(&str, &str); 4] =
    [("L1", "technical-architect"), ("L2", "builder"), ("L3", "scribe"), ("Overwatch", "watch")];

/// What one report says of itself.
struct Report {
    path: String,
    agent: String,
    kind: &'static str,
    date: jiff::civil::Date,
    rate: i64,
    issues: i64,
}

/// A hundred reports, always the same: five agents of each type, over 120 days before the Sunday.
fn reports(sunday: jiff::civil::Date) -> Vec<Report> {
    // Numbers of a linear congruential generator (Knuth's MMIX), of which the upper half is used.
    let mut seed: u64 = 42;
    let mut next = |below: i64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(seed >> 33).unwrap() % below
    };
    let reports = (0..100).map(|number| {
        let (kind, role) = TYPES[usize::try_from(next(4)).unwrap()];
        let agent = format!("{}-{role}-{}", kind.to_lowercase(), next(3) + 1);
        // Half of them are of the last two weeks.
        let age = if number % 2 == 0 { next(14) } else { next(120) };
        let date = sunday.checked_sub(jiff::Span::new().days(age)).unwrap();
        let path = format!("agent-reports/{}/{date}-{agent}-{number:03}.md", kind.to_lowercase());
        Report { path, agent, kind, date, rate: 40 + next(61), issues: next(8) }
    });
    reports.collect()
}

fn write(demo: &Sandbox, number: usize, report: &Report) {
    let Report { agent, kind, date, rate, issues, .. } = report;
    let finding = match number % 10 {
        0 => "- **Critical**: the queue of `render` | is not drained, see @someone\n",
        5 => "- **High**: two <b>services</b> share a port\n",
        _ => "- **Low**: a typo in the runbook\n",
    };
    let text = format!(
        "---\nagent: {agent}\ntype: {kind}\ndate: {date}\ncompletion_rate: {rate}\nissues_found: {issues}\n\
         title: \"Report {number} of {agent}\"\n---\n\n# Report {number}\n\n## Summary\n\nWork went on.\n\n\
         ## Metrics\n\n| metric | value |\n|---|---|\n| tasks done | {rate} |\n\n## Findings\n\n{finding}"
    );
    demo.write(&report.path, text);
}

/// The rows of a Markdown table under a heading, by their first cell.
fn table(text: &str, heading: &str) -> BTreeMap<String, Vec<String>> {
    let (_, below) = text.split_once(&format!("## {heading}\n")).expect("the heading is there");
    let below = below.split("\n## ").next().unwrap();
    let rows = below.lines().filter(|line| line.starts_with("| ")).skip(1);
    rows.map(|line| {
        let mut cells = line.trim_matches('|').split('|').map(|cell| cell.trim().replace('\u{2060}', ""));
        (cells.next().unwrap(), cells.collect())
    })
    .collect()
}

fn mean(reports: &[&Report]) -> String {
    let sum: i64 = reports.iter().map(|report| report.rate).sum();
    #[expect(clippy::cast_precision_loss, reason = "the numbers are small")]
    let mean = sum as f64 / reports.len() as f64;
    format!("{:.1} %", (mean * 10.0).round() / 10.0)
}

fn issues(reports: &[&Report]) -> String {
    reports.iter().map(|report| report.issues).sum::<i64>().to_string()
}

#[test]
fn a_hundred_reports_become_a_summary_an_archive_and_an_index() {
    let demo = project(&["weekly-agent-report"]);
    let sunday = jiff::civil::date(2026, 11, 22);
    let all = reports(sunday);
    for (number, report) in all.iter().enumerate() {
        write(&demo, number, report);
    }
    demo.write("agent-reports/README.md", "# What reports look like\n");
    demo.write("agent-reports/l1/untidy.md", "---\nagent: somebody\n---\n\n# No date and no type\n");
    demo.tick("2026-11-20T12:00:00Z");
    // The tick comes an hour late, on Monday; the week is that of the Sunday.
    let said = demo.tick("2026-11-23T00:05:00Z");
    assert_eq!(demo.runs(), ["weekly-agent-report@2026-11-22T23:00Z succeeded"]);

    let days = |days: i64| sunday.checked_sub(jiff::Span::new().days(days)).unwrap();
    let week: Vec<&Report> = all.iter().filter(|report| report.date > days(7)).collect();
    let before: Vec<&Report> =
        all.iter().filter(|report| report.date > days(14) && report.date <= days(7)).collect();
    let old: Vec<&Report> = all.iter().filter(|report| report.date < days(90)).collect();
    assert!(week.len() > 20 && before.len() > 20 && old.len() > 5, "the generator makes enough of each");

    let summary = demo.read("reports/weekly/WEEKLY_AGENT_SUMMARY_2026-11-22.md");
    let agents: std::collections::BTreeSet<&str> = week.iter().map(|report| &*report.agent).collect();
    let overview =
        format!("{} reports by {} agents; {} the week before.", week.len(), agents.len(), before.len());
    assert!(summary.contains(&overview), "{overview}\n{summary}");
    assert!(summary.contains("1 reports are not counted: they have no date, type or agent at their head."));

    let by_type = table(&summary, "Activity overview");
    let mut bars = Vec::new();
    for (kind, _) in TYPES {
        let these: Vec<&Report> = week.iter().copied().filter(|report| report.kind == kind).collect();
        let earlier = before.iter().filter(|report| report.kind == kind).count();
        let trend = match these.len().cmp(&earlier) {
            std::cmp::Ordering::Greater => "increasing",
            std::cmp::Ordering::Less => "decreasing",
            std::cmp::Ordering::Equal => "steady",
        };
        let row = [these.len().to_string(), earlier.to_string(), trend.into(), mean(&these), issues(&these)];
        assert_eq!(by_type[kind], row, "{kind}\n{summary}");
        bars.push(these.len().to_string());
    }
    let chart = format!(
        "\n\n```mermaid\nxychart-beta\n    title \"Reports of the week by agent type\"\n    \
         x-axis [\"L1\", \"L2\", \"L3\", \"Overwatch\"]\n    bar [{}]\n```\n\n",
        bars.join(", ")
    );
    assert!(summary.contains(&chart), "{chart}\n{summary}");

    let by_agent = table(&summary, "Agents");
    assert_eq!(by_agent.keys().map(String::as_str).collect::<Vec<_>>(), Vec::from_iter(agents));
    for (agent, row) in &by_agent {
        let these: Vec<&Report> = week.iter().copied().filter(|report| report.agent == **agent).collect();
        assert_eq!(row[1..], [these.len().to_string(), mean(&these), issues(&these)], "{agent}");
    }

    let critical =
        all.iter().enumerate().filter(|(number, report)| number % 10 == 0 && report.date > days(7));
    assert_eq!(summary.matches("- Critical: the queue").count(), critical.count().min(10));
    assert!(!summary.contains("<b>") && !summary.contains("a typo in the runbook"), "{summary}");

    archived(&demo, &old);
    let index: Vec<Value> = serde_json::from_str(&demo.read("reports/index.json")).unwrap();
    let indexed = index.iter().map(|entry| entry["file"].as_str().unwrap());
    let there = [demo.files("agent-reports"), demo.files("reports/weekly")].concat();
    assert_eq!(indexed.collect::<Vec<_>>(), there);
    assert_eq!(there.len(), 100 - old.len() + 3);
    assert!(index.iter().any(|entry| entry["title"] == "Weekly agent summary, 2026-11-22"));
    let told = format!("{} documents indexed, {} old reports archived", there.len(), old.len());
    assert!(said.contains(&told), "{told}: {said}");
    demo.idle("2026-11-23T00:10:00Z");
}

/// The old reports are in a zip with a manifest, whole, and nowhere else.
fn archived(demo: &Sandbox, old: &[&Report]) {
    let zip = std::fs::File::open(demo.cwd.join("archive/agent-reports-2026-11-22.zip")).unwrap();
    let mut zip = zip::ZipArchive::new(zip).unwrap();
    let mut manifest = String::new();
    zip.by_name("MANIFEST.json").unwrap().read_to_string(&mut manifest).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let mut listed: Vec<&str> =
        manifest["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect();
    listed.sort_unstable();
    let mut paths: Vec<&str> = old.iter().map(|report| &*report.path).collect();
    paths.sort_unstable();
    assert_eq!(listed, paths);
    for report in old {
        let mut text = String::new();
        zip.by_name(&report.path).unwrap().read_to_string(&mut text).unwrap();
        assert!(text.contains(&format!("agent: {}\n", report.agent)));
        assert!(!demo.cwd.join(&report.path).exists(), "{} was not removed", report.path);
    }
}

#[test]
fn a_week_without_reports_is_a_summary_as_well() {
    let demo = project(&["weekly-agent-report"]);
    demo.tick("2026-11-20T12:00:00Z");
    demo.tick("2026-11-22T23:00:00Z");
    assert_eq!(demo.runs(), ["weekly-agent-report@2026-11-22T23:00Z succeeded"]);
    let summary = demo.read("reports/weekly/WEEKLY_AGENT_SUMMARY_2026-11-22.md");
    assert!(summary.contains("0 reports by 0 agents; 0 the week before."), "{summary}");
    assert!(!demo.cwd.join("archive").exists());
    demo.idle("2026-11-22T23:05:00Z");
}
