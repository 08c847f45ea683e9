//! One project with forty mistakes of forty kinds and places, all of them found in one run.

use super::fixtures::{folder, lines, project};

#[test]
fn forty_mistakes_are_found_in_one_run_where_they_are() {
    let folder = folder("forty");
    let (sources, checked) = project(&folder);
    let found: Vec<String> = lines(&checked.diagnostics, &sources.map())
        .iter()
        .map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" "))
        .collect();
    let expected = include_str!("../../../tests/fixtures/forty/expected.txt");
    let expected: Vec<&str> = expected.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(found, expected, "\n{}", lines(&checked.diagnostics, &sources.map()).join("\n"));
    assert_eq!(found.len(), 40);
    assert!(checked.config.is_none());
}
