//! The name of a tick, and how it proves that something is of its own: the name is a digest of a public key, and
//! the key's other half never leaves the memory of the tick.

use ring::digest::{SHA256, digest};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use smol_str::SmolStr;

use crate::model::hex;

/// How many bytes of the digest a name shows, in hexadecimal digits: nobody finds another key for it.
const NAME: usize = 10;

/// What a tick signs with (Ed25519, RFC 8032).
#[derive(Debug)]
pub struct Seal {
    pair: Ed25519KeyPair,
    name: SmolStr,
}

/// A public key and what was signed with the other half of it, in hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    pub key: String,
    pub signature: String,
}

impl Seal {
    /// From 256 random bits that nobody else knows.
    pub fn new(random: [u64; 4]) -> Self {
        let mut seed = [0; 32];
        for (bytes, number) in seed.chunks_exact_mut(8).zip(random) {
            bytes.copy_from_slice(&number.to_le_bytes());
        }
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).expect("a seed has 32 bytes");
        let name = name(pair.public_key().as_ref());
        Self { pair, name }
    }

    /// The name under which the tick leases runs: 20 hexadecimal digits.
    pub const fn name(&self) -> &SmolStr {
        &self.name
    }

    pub fn sign(&self, text: &str) -> Signed {
        let signature = self.pair.sign(text.as_bytes());
        Signed {
            key: hex::encode(self.pair.public_key().as_ref()),
            signature: hex::encode(signature.as_ref()),
        }
    }
}

impl Signed {
    /// The name of the tick that signed `text`; none if nobody did.
    pub fn by(&self, text: &str) -> Option<SmolStr> {
        let (key, signature) = (hex::decode(&self.key)?, hex::decode(&self.signature)?);
        UnparsedPublicKey::new(&ED25519, &key).verify(text.as_bytes(), &signature).ok()?;
        Some(name(&key))
    }
}

fn name(key: &[u8]) -> SmolStr {
    hex::encode(&digest(&SHA256, key).as_ref()[..NAME]).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_tick_signed_names_it_and_nothing_else_does() {
        let (seal, other) = (Seal::new([1, 2, 3, 4]), Seal::new([1, 2, 3, 5]));
        assert_eq!(seal.name().len(), 20);
        assert_ne!(seal.name(), other.name());
        let signed = seal.sign("it is done");
        assert_eq!(signed.by("it is done").as_ref(), Some(seal.name()));
        assert_eq!(signed.by("it is not done"), None);
        let with_another_key = Signed { key: other.sign("").key, ..signed.clone() };
        assert_eq!(with_another_key.by("it is done"), None);
        for key in ["", "0", "zz", "äö", "00"] {
            assert_eq!(Signed { key: key.into(), ..signed.clone() }.by("it is done"), None);
            assert_eq!(Signed { signature: key.into(), ..signed.clone() }.by("it is done"), None);
        }
    }
}
