//! JSON pointers (RFC 6901), by which the validator says where something is wrong.

use std::cmp::Ordering;

/// The segments of a pointer, their escapes undone.
pub(super) fn segments(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|segment| segment.replace("~1", "/").replace("~0", "~")).collect()
}

/// Orders paths such that within a list later items come first, and the inner before the outer:
/// taking things out in this order moves nothing that is still to be taken out.
pub(super) fn for_removal(a: &[String], b: &[String]) -> Ordering {
    for (left, right) in a.iter().zip(b) {
        let order = match (left.parse::<usize>(), right.parse::<usize>()) {
            (Ok(left), Ok(right)) => right.cmp(&left),
            _ => right.cmp(left),
        };
        if order.is_ne() {
            return order;
        }
    }
    b.len().cmp(&a.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removes_from_the_end() {
        let mut paths = ["/a/2", "/a/10/x", "/a/10", "/b"].map(segments);
        paths.sort_by(|a, b| for_removal(a, b));
        assert_eq!(paths, ["/b", "/a/10/x", "/a/10", "/a/2"].map(segments));
        assert_eq!(segments("/a~1b/m~0n"), ["a/b", "m~n"]);
    }
}
