//! Thresholds: metrics beyond a limit for a while, and back.

use super::project;
use crate::harness::Sandbox;

fn record(demo: &Sandbox, metric: &str, value: &str, now: &str) {
    demo.ok(&["metric", "record", metric, value, "--now", now]);
}

/// A `/proc` in which the program `Ru by` has used most of the CPU.
fn busy() -> Sandbox {
    let demo = project(&["high-cpu-diagnostics"]);
    demo.edit("workflows/high-cpu-diagnostics.yaml", "proc: /proc", "proc: proc");
    demo.write("proc/loadavg", "9.00 8.00 7.00 1/200 999\n");
    for (pid, name, ticks) in [(7, "sh", 5), (42, "Ru by", 900), (43, "cat", 20)] {
        let line = format!("{pid} ({name}) R 1 7 7 0 -1 4194304 120 0 0 0 {ticks} 3 0 0 20 0 1 0 100 9 9\n");
        demo.write(&format!("proc/{pid}/stat"), line);
    }
    demo.tick("2026-11-20T12:00:00Z");
    record(&demo, "cpu_percent", "97", "2026-11-20T12:01:00Z");
    demo
}

#[test]
fn a_known_cause_of_high_cpu_is_remediated_and_verified() {
    let demo = busy();
    demo.write("runbooks/ru-by.sh", "echo \"stopped $PID\" > stopped.txt\n");
    // One value is no trend, however long ago it was.
    demo.idle("2026-11-20T12:05:30Z");
    assert_eq!(demo.runs(), Vec::<String>::new());
    record(&demo, "cpu_percent", "98", "2026-11-20T12:06:00Z");
    demo.tick("2026-11-20T12:06:00Z");
    assert_eq!(demo.read("stopped.txt"), "stopped 42\n");
    let incident: serde_json::Value =
        serde_json::from_str(&demo.read("incidents/2026-11-20T120600Z-high-cpu.json")).unwrap();
    assert_eq!(
        (&incident["process"], &incident["known"], &incident["remediation"]),
        (&"Ru by".into(), &true.into(), &"succeeded".into())
    );
    assert!(incident["top"].as_str().unwrap().starts_with("903 42 Ru by\n23 43 cat\n8 7 sh"));
    // Two minutes later it looks whether that helped.
    record(&demo, "cpu_percent", "20", "2026-11-20T12:07:00Z");
    let said = demo.tick("2026-11-20T12:08:30Z");
    assert!(said.contains("CPU is at 20 % now; recovered"), "{said}");
    assert_eq!(demo.runs(), ["high-cpu-diagnostics#1 succeeded"]);
    demo.idle("2026-11-20T12:20:00Z");
}

#[test]
fn an_unknown_cause_of_high_cpu_calls_for_help() {
    let demo = busy();
    demo.write("runbooks/other.sh", "echo never > stopped.txt\n");
    record(&demo, "cpu_percent", "98", "2026-11-20T12:06:00Z");
    let said = demo.tick("2026-11-20T12:06:00Z");
    assert!(said.contains("CPU at 98 %, and no runbook for Ru by"), "{said}");
    assert!(demo.files("incidents").len() == 1 && !demo.cwd.join("stopped.txt").exists());
    let said = demo.tick("2026-11-20T12:08:30Z");
    assert!(said.contains("Ru by still needs somebody"), "{said}");
    assert_eq!(demo.runs(), ["high-cpu-diagnostics#1 succeeded"]);
}

#[test]
fn an_emergency_pauses_agents_and_its_end_lets_them_go_on() {
    let demo = project(&["resource-emergency", "resource-recovered"]);
    demo.write(
        "agents.yaml",
        "agents:\n  - name: coordinator\n  - name: writer\n  - name: painter\n  - name: boss\n    kind: human\n",
    );
    demo.tick("2026-11-20T12:00:00Z");
    record(&demo, "memory_used_percent", "95", "2026-11-20T12:01:00Z");
    record(&demo, "memory_used_percent", "94", "2026-11-20T12:03:00Z");
    let said = demo.tick("2026-11-20T12:03:00Z");
    assert!(said.contains("Paused: writer, painter."), "{said}");
    let incident: serde_json::Value =
        serde_json::from_str(&demo.read("incidents/2026-11-20T120300Z-resources.json")).unwrap();
    assert_eq!(incident["paused"], serde_json::json!(["writer", "painter"]));
    // A moment of calm is not enough.
    record(&demo, "memory_used_percent", "60", "2026-11-20T12:05:00Z");
    record(&demo, "memory_used_percent", "61", "2026-11-20T12:10:00Z");
    demo.tick("2026-11-20T12:10:00Z");
    assert_eq!(demo.runs(), ["resource-emergency#1 succeeded"]);
    record(&demo, "memory_used_percent", "60", "2026-11-20T12:15:00Z");
    let said = demo.tick("2026-11-20T12:15:00Z");
    assert!(said.contains("Resumed: writer, painter"), "{said}");
    assert_eq!(demo.runs(), ["resource-emergency#1 succeeded", "resource-recovered#1 succeeded"]);
    demo.idle("2026-11-20T12:30:00Z");
}
