//! Signatures of payloads, as GitHub makes them: `sha256=` and the HMAC-SHA256 of the bytes in hexadecimal digits.

use ring::hmac::{HMAC_SHA256, Key, verify};

use crate::model::hex;

const SCHEME: &str = "sha256=";

/// Whether a payload is what whoever holds the secret signed. The comparison takes the same time wherever the two
/// differ.
///
/// # Errors
/// In words, when it is not.
pub(super) fn check(secret: &str, payload: &[u8], signature: &str) -> Result<(), &'static str> {
    let digits =
        signature.trim().strip_prefix(SCHEME).ok_or("its signature does not begin with `sha256=`")?;
    let bytes = hex::decode(digits).filter(|bytes| bytes.len() == 32);
    let bytes = bytes.ok_or("its signature is not 64 hexadecimal digits")?;
    verify(&Key::new(HMAC_SHA256, secret.as_bytes()), payload, &bytes)
        .map_err(|_| "its signature is not that of these bytes with this secret")
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn signatures_are_those_of_github() {
        // The example of its documentation.
        let (secret, payload) = ("It's a Secret to Everybody", b"Hello, World!");
        let good = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        assert_eq!(check(secret, payload, &format!("{good}\n")), Ok(()));
        assert_eq!(check(secret, payload, &good.to_uppercase().replace("SHA", "sha")), Ok(()));
        for (secret, payload, signature) in [
            ("other", payload.as_slice(), good.to_owned()),
            (secret, b"Hello, World?", good.to_owned()),
            (secret, payload, good.replace("757", "756")),
            (secret, payload, good[..good.len() - 2].to_owned()),
            (secret, payload, format!("{good}00")),
            (secret, payload, good.replace("sha256=", "")),
            (secret, payload, good.replace('7', "g")),
            (secret, payload, String::new()),
        ] {
            assert!(check(secret, payload, &signature).is_err(), "{signature}");
        }
    }
}
