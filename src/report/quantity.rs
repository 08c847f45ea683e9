//! Amounts as people say them.

/// `0 B`, `512 B`, `1.2 KB`, `34 MB`: powers of ten, as disks are sold.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["KB", "MB", "GB", "TB", "PB"];
    if count < 1000 {
        return format!("{count} B");
    }
    let mut tenths = count / 100;
    let mut unit = 0;
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths /= 1000;
        unit += 1;
    }
    match tenths {
        0..100 => format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit]),
        _ => format!("{} {}", tenths / 10, UNITS[unit]),
    }
}

/// Minutes as `45m` or `3h30m`.
pub fn minutes(count: u64) -> String {
    crate::model::Duration::from_minutes(count).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_two_digits_that_matter() {
        let said = [0, 999, 1000, 9_999, 10_000, 999_999, 1_000_000, 1_240_000_000, u64::MAX].map(bytes);
        assert_eq!(said.join(", "), "0 B, 999 B, 1.0 KB, 9.9 KB, 10 KB, 999 KB, 1.0 MB, 1.2 GB, 18446 PB");
        assert_eq!(minutes(210), "3h30m");
    }
}
