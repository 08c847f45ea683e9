//! FNV-1a of 64 bits (<http://www.isthe.com/chongo/tech/comp/fnv/>): numbers that look drawn, and digests that only tell
//! whether something has changed. Nothing is protected by it.

pub fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_is_the_published_one() {
        assert_eq!([super::fnv(b""), super::fnv(b"foobar")], [0xcbf2_9ce4_8422_2325, 0x8594_4171_f739_67e8]);
    }
}
