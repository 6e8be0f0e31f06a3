//! A client of the host's socket, as the window is one: what it asks, and the pictures that it pastes.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kossori_api::{Call, Code, PROTOCOL, PictureChunkInput, Problem, Reply, Request};
use kossori_host::Ids as _;
use kossori_link::limits::MAX_PICTURE_PIECE;
use kossori_link::{Client, HelloClient, Program};
use serde_json::Value;

use super::world::World;

pub struct Guest {
    client: Client,
}

impl Guest {
    pub async fn of(world: &World) -> Guest {
        Guest::at(&world.socket().expect("the folder is there")).await
    }

    pub async fn at(socket: &Path) -> Guest {
        let hello = HelloClient {
            protocol: PROTOCOL,
            build: "test".into(),
            program: Program::Command,
            data_dir_hash: None,
            shows: None,
        };
        let client = Client::connect(socket, hello).await.expect("a client is let in");
        Guest { client }
    }

    pub async fn try_ask(&self, request: Request) -> Result<Value, Problem> {
        let call = Call {
            request_id: kossori_host::SystemIds.next(),
            request,
        };
        let answer = self.client.call(&call).await.expect("it is answered");
        match answer.parse().expect("a reply") {
            Reply::Done(value) => Ok(value),
            Reply::Refused(problem) => Err(problem),
        }
    }

    pub async fn ask(&self, request: Request) -> Value {
        let refused = format!("{request:?} was refused");
        self.try_ask(request).await.expect(&refused)
    }

    pub async fn refusal(&self, request: Request) -> Code {
        let done = format!("{request:?} was done");
        self.try_ask(request).await.expect_err(&done).code
    }

    pub async fn begin(&self, bytes: usize) -> Result<String, Code> {
        let begun = self.try_ask(Request::PictureBegin { bytes: bytes as u64 }).await;
        let begun = begun.map_err(|problem| problem.code)?;
        Ok(begun["upload"].as_str().expect("an id").to_owned())
    }

    pub async fn chunk(&self, upload: &str, at: usize, piece: &[u8]) -> Result<Value, Problem> {
        self.try_ask(Request::PictureChunk(PictureChunkInput {
            upload: upload.to_owned(),
            at: at as u64,
            base64: STANDARD.encode(piece),
        }))
        .await
    }

    /// All of it in the largest pieces that fit the link's frames.
    pub async fn paste(&self, bytes: &[u8]) -> Result<Value, Problem> {
        let upload = self.begin(bytes.len()).await?;
        for (n, piece) in bytes.chunks(MAX_PICTURE_PIECE).enumerate() {
            self.chunk(&upload, n * MAX_PICTURE_PIECE, piece).await?;
        }
        self.try_ask(Request::PictureEnd { upload }).await
    }
}

pub fn bytes_of(thumb: &Value) -> Vec<u8> {
    STANDARD
        .decode(thumb["base64"].as_str().expect("text"))
        .expect("base64")
}
