//! One file of one kind: the typed reader and the JSON Schema that editors go by take the same.

use super::first_line;
use crate::check::agree;
use crate::load::{Kind, parse};

/// The kind on the first line, then the file.
pub fn schema(data: &[u8]) {
    let (kind, text) = first_line(data);
    let Some(kind) = std::str::from_utf8(kind).ok().and_then(|kind| kind.trim().parse::<Kind>().ok()) else {
        return;
    };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let (tree, problems) = parse(&kind.file().into(), text);
    for problem in &problems {
        assert!(text.get(problem.span.start..problem.span.end).is_some(), "{problem:?}");
    }
    // A file with a problem that is not of its kind is never read further.
    if let Some(tree) = tree.filter(|_| problems.is_empty()) {
        let (typed, valid) = agree(kind, &tree);
        assert_eq!(typed, valid, "{}", tree.to_json());
    }
}
