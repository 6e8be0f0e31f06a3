//! Content ids, computed here: of blobs (raw bytes) and of records (DAG-CBOR). The server computes the same, so
//! what is there can be told from something else, and a thread's parts can name each other before they exist.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ipld_core::cid::Cid;
use ipld_core::cid::multihash::Multihash;
use ipld_core::ipld::Ipld;
use serde_json::Value;
use sha2::{Digest, Sha256};

const RAW: u64 = 0x55;
const DAG_CBOR: u64 = 0x71;
const SHA2_256: u64 = 0x12;

/// Padding is optional in the data model's JSON.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// `None`: not in the data model (a number that is no integer, a link or bytes that cannot be read).
pub(super) fn of_record(record: &Value) -> Option<String> {
    cid(DAG_CBOR, &encoded(record)?)
}

pub(super) fn of_blob(bytes: &[u8]) -> Option<String> {
    cid(RAW, bytes)
}

fn cid(codec: u64, bytes: &[u8]) -> Option<String> {
    let hash = Multihash::<64>::wrap(SHA2_256, &Sha256::digest(bytes)).ok()?;
    Some(Cid::new_v1(codec, hash).to_string())
}

fn encoded(value: &Value) -> Option<Vec<u8>> {
    serde_ipld_dagcbor::to_vec(&data(value)?).ok()
}

/// JSON as the data model reads it: `{"$link": …}` is a link and `{"$bytes": …}` bytes.
fn data(value: &Value) -> Option<Ipld> {
    Some(match value {
        Value::Null => Ipld::Null,
        Value::Bool(value) => Ipld::Bool(*value),
        Value::Number(number) => Ipld::Integer(number.as_i64()?.into()),
        Value::String(text) => Ipld::String(text.clone()),
        Value::Array(values) => Ipld::List(values.iter().map(data).collect::<Option<_>>()?),
        Value::Object(fields) => match (fields.get("$link"), fields.get("$bytes"), fields.len()) {
            (Some(link), None, 1) => Ipld::Link(link.as_str()?.parse().ok()?),
            (None, Some(bytes), 1) => Ipld::Bytes(BASE64.decode(bytes.as_str()?).ok()?),
            _ => {
                let pairs = fields
                    .iter()
                    .map(|(key, value)| Some((key.clone(), data(value)?)));
                Ipld::Map(pairs.collect::<Option<BTreeMap<_, _>>>()?)
            }
        },
    })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use base64::Engine as _;
    use serde_json::{Value, json};

    use super::{BASE64, encoded, of_blob, of_record};

    /// The network's own fixtures: JSON, its bytes, its CID.
    #[test]
    fn the_networks_fixtures() {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("../../../shared/conformance/atproto/data-model-fixtures.json");
        let Ok(text) = std::fs::read_to_string(&path) else {
            println!("skipped: the fixtures are not there");
            return;
        };
        let fixtures: Vec<Value> = serde_json::from_str(&text).unwrap();
        assert!(!fixtures.is_empty());
        for fixture in fixtures {
            let expected = BASE64.decode(fixture["cbor_base64"].as_str().unwrap()).unwrap();
            assert_eq!(
                encoded(&fixture["json"]).unwrap(),
                expected,
                "{}",
                fixture["json"]
            );
            assert_eq!(of_record(&fixture["json"]).as_deref(), fixture["cid"].as_str());
        }
    }

    #[test]
    fn keys_are_ordered_by_length_then_bytes() {
        // {"b":1,"aa":2} and not {"aa":2,"b":1}.
        assert_eq!(
            encoded(&json!({"aa": 2, "b": 1})).unwrap(),
            b"\xa2\x61b\x01\x62aa\x02"
        );
        assert_eq!(encoded(&json!(1.5)), None, "there are no floats");
        assert_eq!(encoded(&json!({"$link": "nonsense"})), None);
    }

    #[test]
    fn blobs() {
        // sha-256 of nothing, a well-known CID.
        assert_eq!(
            of_blob(b"").as_deref(),
            Some("bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku")
        );
    }
}
