//! What the server accepts.

use kossori_core::network::{Limits, Network, Software};
use kossori_engine::ports::{About, CallError};
use serde_json::json;

use super::{Server, wire};

pub(super) async fn about(server: &Server<'_>) -> Result<About, CallError> {
    let meta: wire::Meta = server.ask_openly("meta", json!({ "detail": false })).await?;
    Ok(About {
        limits: limits(&meta),
        // Nothing hangs on its name: no fork keeps keys, and none is resent to (RULES.md 5).
        software: Software::Unknown,
    })
}

fn limits(meta: &wire::Meta) -> Limits {
    let small = |number: Option<u64>| {
        number
            .filter(|number| *number > 0)
            .map(|number| u32::try_from(number).unwrap_or(u32::MAX))
    };
    let mut limits = Network::Misskey.default_limits();
    if let Some(max) = small(meta.max_note_text_length) {
        limits.text.max = max;
    }
    if let Some(max) = small(meta.max_cw_length) {
        limits.text.cw_max = Some(max);
    }
    if let Some(max) = small(meta.max_alt_text_length) {
        limits.media.alt_max = max;
    }
    // The role's limit, which is not said here, is the narrower one where the server's is wider.
    if let Some(bytes) = meta.max_file_size.filter(|bytes| *bytes > 0) {
        limits.media.max_bytes = limits.media.max_bytes.min(bytes);
    }
    limits
}

#[cfg(test)]
mod tests {
    use kossori_core::network::Network;
    use serde_json::json;

    #[test]
    fn what_servers_say_of_themselves() {
        let read = |meta| super::limits(&serde_json::from_value(meta).unwrap());
        let sharkey = read(
            json!({"maxNoteTextLength": 8000, "maxCwLength": 500, "maxAltTextLength": 20000,
                                  "maxFileSize": 5_000_000}),
        );
        assert_eq!((sharkey.text.max, sharkey.text.cw_max), (8000, Some(500)));
        assert_eq!(
            (sharkey.media.alt_max, sharkey.media.max_bytes),
            (20_000, 5_000_000)
        );
        let usual = Network::Misskey.default_limits();
        assert_eq!(
            read(json!({"maxFileSize": 262_144_000})),
            usual,
            "the role's limit is narrower"
        );
        assert_eq!(read(json!({"maxNoteTextLength": 0})), usual);
        assert_eq!(
            read(json!({"maxNoteTextLength": 99_999_999_999_u64})).text.max,
            u32::MAX
        );
    }
}
