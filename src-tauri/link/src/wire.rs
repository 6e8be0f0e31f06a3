//! The frames after the hello, and around it.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::hello::{HelloClient, HelloHost, Refusal};

#[derive(Serialize, Deserialize)]
pub(crate) struct ClientHello {
    pub hello: HelloClient,
}

/// `{"hello":…}` or `{"refuse":…}`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HostHello {
    Hello(HelloHost),
    Refuse(Refusal),
}

/// Borrows the request from the frame: a picture's piece is not copied to find out where it begins.
#[derive(Deserialize)]
pub(crate) struct FromClient<'a> {
    pub id: u64,
    #[serde(borrow)]
    pub request: Option<&'a RawValue>,
    #[serde(default)]
    pub subscribe: bool,
}

#[derive(Serialize)]
pub(crate) struct RequestFrame<'a, R> {
    pub id: u64,
    pub request: &'a R,
}

#[derive(Serialize)]
pub(crate) struct SubscribeFrame {
    pub id: u64,
    pub subscribe: bool,
}

#[derive(Serialize)]
pub(crate) struct AnswerFrame<'a> {
    pub id: u64,
    pub answer: &'a RawValue,
}

#[derive(Serialize)]
pub(crate) struct ErrorFrame<'a, E: ?Sized> {
    pub id: u64,
    pub error: &'a E,
}

#[derive(Serialize)]
pub(crate) struct EventFrame<'a, E> {
    pub event: &'a E,
}

/// An answer of `null` arrives as none, which reads the same.
#[derive(Deserialize)]
pub(crate) struct FromHost {
    pub id: Option<u64>,
    pub answer: Option<Box<RawValue>>,
    pub error: Option<Box<RawValue>>,
    pub event: Option<Box<RawValue>>,
    pub refuse: Option<Refusal>,
}
