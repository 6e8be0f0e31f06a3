//! The folder's database key: 32 random bytes that live in the keyring and here, and nowhere else.

use kossori_engine::secret::Secret;
use zeroize::{Zeroize, Zeroizing};

/// Zeroed on drop; `Debug` prints nothing of it.
#[derive(Clone)]
pub struct DatabaseKey(Zeroizing<[u8; 32]>);

impl DatabaseKey {
    /// `bytes` come from the engine's `Ids` port: this crate draws no randomness.
    pub fn new(mut bytes: [u8; 32]) -> Self {
        let key = DatabaseKey(Zeroizing::new(bytes));
        bytes.zeroize();
        key
    }

    /// From the form that [`DatabaseKey::to_secret`] makes; `None` if the text is anything else.
    pub fn from_secret(secret: &Secret) -> Option<Self> {
        let text = secret.expose().as_bytes();
        if text.len() != 64 {
            return None;
        }
        let mut bytes = Zeroizing::new([0_u8; 32]);
        for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
            let [high, low] = pair else { return None };
            *byte = nibble(*high)? << 4 | nibble(*low)?;
        }
        Some(DatabaseKey(bytes))
    }

    /// 64 lower-case hex digits, as the keyring keeps it.
    pub fn to_secret(&self) -> Secret {
        let mut text = String::with_capacity(64);
        push_hex(&mut text, self.bytes());
        Secret::new(text)
    }

    /// SQLCipher's raw key form `x'…'`: the bytes are the key, without derivation from a passphrase.
    pub(crate) fn raw_form(&self) -> Zeroizing<String> {
        // The capacity is exact, so no half-written copy is left behind by a reallocation.
        let mut text = Zeroizing::new(String::with_capacity(67));
        text.push_str("x'");
        push_hex(&mut text, self.bytes());
        text.push('\'');
        text
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for DatabaseKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("<redacted>")
    }
}

pub(crate) fn push_hex(text: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}
