//! Schedules: cleaning up, rotating, compressing, backing up, exporting, measuring.

use super::{project, source};

#[test]
fn old_logs_go_and_new_ones_stay() {
    let demo = project(&["cleanup-old-logs"]);
    demo.dated("logs/old.log", "x", "2026-10-01");
    demo.dated("logs/deep/old.log.gz", "x", "2026-10-20");
    demo.dated("logs/young.log", "x", "2026-10-25");
    demo.dated("logs/old.txt", "x", "2026-10-01");
    demo.tick("2026-11-20T12:00:00Z");
    demo.tick("2026-11-21T02:00:30Z");
    assert_eq!(demo.runs(), ["cleanup-old-logs@2026-11-21T02:00Z succeeded"]);
    assert_eq!(demo.files("logs"), ["logs/old.txt", "logs/young.log"]);
    assert!((demo.metric("logs_deleted") - 2.0).abs() < 0.1);
    demo.idle("2026-11-21T02:05:00Z");
}

#[test]
fn logs_are_compressed_after_a_week_and_deleted_after_a_month() {
    let demo = project(&["rotate-logs"]);
    demo.dated("logs/month.log", "x", "2026-10-01");
    demo.dated("logs/week.log", "a line\n".repeat(100), "2026-11-10");
    demo.dated("logs/fresh.log", "x", "2026-11-20");
    demo.tick("2026-11-20T12:00:00Z");
    let said = demo.tick("2026-11-21T01:30:00Z");
    assert!(said.contains("2 logs rotated"), "{said}");
    assert_eq!(demo.files("logs"), ["logs/fresh.log", "logs/week.log.gz"]);
    let unzipped = demo.command("gzip").args(["-dc", "logs/week.log.gz"]).output().unwrap();
    assert_eq!(unzipped.stdout, "a line\n".repeat(100).as_bytes());
    demo.idle("2026-11-21T01:31:00Z");
}

#[test]
fn large_artifacts_become_gzip() {
    let demo = project(&["compress-large-files"]);
    demo.edit("workflows/compress-large-files.yaml", "larger_than: 50MB", "larger_than: 1kB");
    demo.dated("artifacts/big.bin", vec![7; 5000], "2026-11-01");
    demo.dated("artifacts/small.bin", vec![7; 500], "2026-11-01");
    demo.dated("artifacts/fresh.bin", vec![7; 5000], "2026-11-20");
    demo.tick("2026-11-20T12:00:00Z");
    demo.tick("2026-11-21T04:00:00Z");
    assert_eq!(demo.runs(), ["compress-large-files@2026-11-21T04:00Z succeeded"]);
    assert_eq!(
        demo.files("artifacts"),
        ["artifacts/big.bin.gz", "artifacts/fresh.bin", "artifacts/small.bin"]
    );
}

#[test]
fn a_backup_is_verified_before_old_ones_go() {
    let demo = project(&["nightly-backup"]);
    demo.write("data/a.txt", "one");
    demo.write("data/b/c.txt", "two");
    for day in 1..=9 {
        demo.dated(&format!("backups/data-2026-09-0{day}.zip"), "old", &format!("2026-09-0{day}"));
    }
    demo.tick("2026-11-20T12:00:00Z");
    let said = demo.tick("2026-11-21T02:30:00Z");
    assert!(said.contains("Backup of 2 files, 6 bytes, is whole; 3 old backups removed"), "{said}");
    let backups = demo.files("backups");
    assert_eq!(backups.len(), 7);
    assert_eq!(backups.last().unwrap(), "backups/data-2026-11-21.zip");
    assert!((demo.metric("backup_bytes") - 6.0).abs() < 0.1);
    let zip = std::fs::File::open(demo.cwd.join("backups/data-2026-11-21.zip")).unwrap();
    let names: Vec<String> = {
        let zip = zip::ZipArchive::new(zip).unwrap();
        zip.file_names().map(|name| name.unwrap().into_owned()).collect()
    };
    assert!(
        names.contains(&"data/b/c.txt".to_owned()) && names.contains(&"MANIFEST.json".to_owned()),
        "{names:?}"
    );
}

#[test]
fn a_damaged_backup_is_reported_and_nothing_is_removed() {
    let demo = project(&["nightly-backup"]);
    demo.write("data/a.txt", "one");
    demo.write("backups/data-2026-11-21.zip", "damaged");
    for day in 1..=9 {
        demo.dated(&format!("backups/data-2026-09-0{day}.zip"), "old", &format!("2026-09-0{day}"));
    }
    demo.tick("2026-11-20T12:00:00Z");
    let said = demo.bad_tick("2026-11-21T02:30:00Z");
    assert!(said.contains("The nightly backup failed"), "{said}");
    assert!(said.contains("`backups/data-2026-11-21.zip` is no zip that can be read"), "{said}");
    assert_eq!(demo.runs(), ["nightly-backup@2026-11-21T02:30Z failed"]);
    assert_eq!(demo.files("backups").len(), 11);
}

#[test]
fn metrics_become_tables() {
    let demo = project(&["export-metrics-csv"]);
    demo.tick("2026-11-20T12:00:00Z");
    demo.ok(&["metric", "record", "queue_length", "17", "--now", "2026-11-20T13:00:00Z"]);
    demo.ok(&["metric", "record", "cpu_percent", "12.5", "--now", "2026-11-20T13:00:00Z"]);
    // A tick that comes late exports for the day that was due.
    demo.tick("2026-11-21T00:10:00Z");
    assert_eq!(demo.runs(), ["export-metrics-csv@2026-11-20T23:55Z succeeded"]);
    assert_eq!(
        demo.read("exports/metrics/2026-11-20.csv").replace('\r', ""),
        "day,metric,value\n2026-11-20,cpu_percent,12.5\n2026-11-20,queue_length,17\n"
    );
    assert!(std::fs::read(demo.cwd.join("exports/metrics/2026-11-20.xlsx")).unwrap().starts_with(b"PK"));
    demo.idle("2026-11-21T00:15:00Z");
}

#[test]
fn a_full_disk_is_cleaned_up_and_an_empty_one_is_left() {
    for (limit, is_cleaned) in [("0", true), ("100", false)] {
        let demo = project(&["disk-check-and-cleanup"]);
        demo.edit("workflows/disk-check-and-cleanup.yaml", "limit: 80", &format!("limit: {limit}"));
        demo.dated("logs/old.log", "x", "2026-10-01");
        demo.dated("tmp/a/b.tmp", "x", "2026-11-18");
        demo.dated("tmp/fresh.tmp", "x", "2026-11-20");
        demo.tick("2026-11-20T12:00:00Z");
        let said = demo.tick("2026-11-20T12:15:00Z");
        assert_eq!(demo.runs(), ["disk-check-and-cleanup@2026-11-20T12:15Z succeeded"]);
        assert!((0.0..=100.0).contains(&demo.metric("disk_used_percent")));
        let left = [demo.files("logs"), demo.files("tmp")].concat();
        if is_cleaned {
            assert_eq!(left, ["tmp/fresh.tmp"]);
            assert!(said.contains("1 logs were rotated and 1 temporary files removed"), "{said}");
        } else {
            assert_eq!(left, ["logs/old.log", "tmp/a/b.tmp", "tmp/fresh.tmp"]);
            assert!(demo.steps("disk-check-and-cleanup@2026-11-20T12:15Z").contains(&"again skipped".into()));
        }
    }
}

#[test]
fn a_machine_is_measured() {
    let demo = project(&["collect-system-metrics"]);
    demo.edit("workflows/collect-system-metrics.yaml", "proc: /proc", "proc: proc");
    demo.write("proc/stat", "cpu  300 0 100 500 100 0 0 0 0 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n");
    demo.write("proc/meminfo", "MemTotal:  16000 kB\nMemFree: 100 kB\nMemAvailable:  4000 kB\n");
    demo.write("proc/loadavg", "1.50 0.50 0.25 1/200 999\n");
    demo.tick("2026-11-20T12:00:00Z");
    demo.tick("2026-11-20T12:01:00Z");
    assert_eq!(demo.runs(), ["collect-system-metrics@2026-11-20T12:01Z succeeded"]);
    for (metric, value) in [("cpu_percent", 0.0), ("memory_used_percent", 75.0), ("load_1m", 1.5)] {
        assert!((demo.metric(metric) - value).abs() < 0.01, "{metric} is {}", demo.metric(metric));
    }
    assert!(demo.metric("disk_used_percent") > 0.0);
}

#[test]
fn the_registry_tells_of_a_workflow_what_its_file_says() {
    let demo = project(&["cleanup-old-logs"]);
    let shown = demo.said(&["workflow", "show", "cleanup-old-logs"]);
    for word in [
        "Delete log files older than 30 days",
        "l1-automation-orchestrator",
        "medium",
        "every day at 02:00 UTC",
    ] {
        assert!(shown.contains(word), "{word}: {shown}");
    }
    assert!(source("cleanup-old-logs").contains("cron: \"0 2 * * *\""));
}
