//! The end of what a program printed, as a ring of bytes.

use std::collections::VecDeque;

/// Keeps the last bytes of many.
#[derive(Debug)]
pub(super) struct Tail {
    ring: VecDeque<u8>,
    limit: usize,
    printed: u64,
}

impl Tail {
    pub(super) const fn new(limit: usize) -> Self {
        Self { ring: VecDeque::new(), limit, printed: 0 }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.printed += bytes.len() as u64;
        let kept = &bytes[bytes.len().saturating_sub(self.limit)..];
        let over = (self.ring.len() + kept.len()).saturating_sub(self.limit);
        self.ring.drain(..over);
        self.ring.extend(kept);
    }

    /// How many bytes there were in all.
    pub(super) const fn printed(&self) -> u64 {
        self.printed
    }

    /// What was kept as text of at most as many bytes, beginning with a whole character.
    pub(super) fn into_text(mut self) -> String {
        let is_cut = self.printed > self.ring.len() as u64;
        let bytes = self.ring.make_contiguous();
        // A character has at most three bytes after its first.
        let rest = bytes.iter().take(3).take_while(|byte| **byte & 0xC0 == 0x80).count();
        let text = String::from_utf8_lossy(&bytes[if is_cut { rest } else { 0 }..]);
        // The sign for what is not UTF-8 takes three bytes, where there may have been one.
        text[text.ceil_char_boundary(text.len().saturating_sub(self.limit))..].to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tail(limit: usize, pieces: &[&[u8]]) -> (String, u64) {
        let mut tail = Tail::new(limit);
        for piece in pieces {
            tail.push(piece);
        }
        let printed = tail.printed();
        (tail.into_text(), printed)
    }

    #[test]
    fn the_last_bytes_are_kept() {
        assert_eq!(tail(5, &[]), (String::new(), 0));
        assert_eq!(tail(5, &[b"abc"]), ("abc".into(), 3));
        assert_eq!(tail(5, &[b"abc", b"de"]), ("abcde".into(), 5));
        assert_eq!(tail(5, &[b"abc", b"def"]), ("bcdef".into(), 6));
        assert_eq!(tail(5, &[b"abc", b"0123456789"]), ("56789".into(), 13));
        assert_eq!(tail(0, &[b"abc"]), (String::new(), 3));
    }

    #[test]
    fn no_character_is_cut() {
        // Three, two, four and one bytes.
        let text = "東é🦀x";
        for limit in 0..=text.len() + 1 {
            for at in 0..=text.len() {
                let (kept, _) = tail(limit, &[&text.as_bytes()[..at], &text.as_bytes()[at..]]);
                assert!(text.ends_with(&kept) && kept.len() <= limit, "{limit} {at} {kept}");
                assert!(kept.len() + 4 > limit.min(text.len()), "{limit} {at} {kept}");
            }
        }
    }

    #[test]
    fn what_is_no_text_is_replaced_and_still_bounded() {
        assert_eq!(tail(9, &[b"a\xffb"]).0, "a\u{fffd}b");
        assert_eq!(tail(9, &[b"\x80\x80a"]).0, "\u{fffd}\u{fffd}a");
        let (kept, printed) = tail(10, &[&[0xff; 1000]]);
        assert_eq!((kept.as_str(), printed), ("\u{fffd}\u{fffd}\u{fffd}", 1000));
        assert_eq!(tail(9, &[b"a\0b"]).0, "a\0b");
    }
}
