//! Four bytes of length, big-endian, and a JSON body.

use std::io;

use serde::Serialize;
use tokio::io::{AsyncRead, AsyncReadExt};
use zeroize::Zeroizing;

use crate::limits::{GROWTH, MAX_FRAME, SMALL_FRAME};

/// A received body. Requests carry passwords and drafts, so it is wiped when it goes.
pub type Body = Zeroizing<Vec<u8>>;

#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    #[error("a frame of {length} bytes, where {max} are allowed")]
    TooLong { length: usize, max: usize },
    #[error("a frame of no bytes")]
    Empty,
    #[error("the connection ended inside a frame")]
    Truncated,
    #[error(transparent)]
    Io(#[from] io::Error),
}

#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    #[error("{0} bytes do not fit into a frame")]
    TooLong(usize),
    #[error("this value has no JSON form")]
    Json(#[source] serde_json::Error),
}

/// Reads frames; not cancel-safe, and it reads nothing ahead.
pub struct FrameReader<R> {
    io: R,
}

impl<R: AsyncRead + Unpin> FrameReader<R> {
    pub fn new(io: R) -> FrameReader<R> {
        FrameReader { io }
    }

    /// Waits for the next frame's length; holds no memory meanwhile. `None`: the peer ended the connection properly.
    pub async fn length(&mut self, max: usize) -> Result<Option<usize>, FrameError> {
        let mut header = [0_u8; 4];
        let mut have = 0;
        while have < header.len() {
            match self.io.read(&mut header[have..]).await? {
                0 if have == 0 => return Ok(None),
                0 => return Err(FrameError::Truncated),
                more => have += more,
            }
        }
        match u32::from_be_bytes(header) as usize {
            0 => Err(FrameError::Empty),
            length if length > max => Err(FrameError::TooLong { length, max }),
            length => Ok(Some(length)),
        }
    }

    /// The body after `length`. A length is only a claim: the buffer grows with what has come, by one step at a time.
    pub async fn body(&mut self, length: usize) -> Result<Body, FrameError> {
        let mut body = Zeroizing::new(Vec::new());
        while body.len() < length {
            if body.len() == body.capacity() {
                let step = if body.is_empty() { SMALL_FRAME } else { GROWTH };
                let step = step.min(length - body.len());
                body.reserve_exact(step);
            }
            let room = (body.capacity() - body.len()).min(length - body.len());
            let more = (&mut self.io).take(room as u64).read_buf(&mut *body).await?;
            if more == 0 {
                return Err(FrameError::Truncated);
            }
        }
        Ok(body)
    }

    pub async fn frame(&mut self, max: usize) -> Result<Option<Body>, FrameError> {
        match self.length(max).await? {
            Some(length) => self.body(length).await.map(Some),
            None => Ok(None),
        }
    }
}

/// The frame of a value, ready to be written. It may hold a secret, so it is wiped when it goes.
pub fn encode(value: &impl Serialize) -> Result<Body, EncodeError> {
    let mut frame = Zeroizing::new(vec![0; 4]);
    serde_json::to_writer(&mut *frame, value).map_err(EncodeError::Json)?;
    let length = frame.len() - 4;
    if length > MAX_FRAME {
        return Err(EncodeError::TooLong(length));
    }
    // MAX_FRAME fits into four bytes.
    frame[..4].copy_from_slice(&(length as u32).to_be_bytes());
    Ok(frame)
}

#[cfg(test)]
mod tests {
    use super::{EncodeError, FrameError, FrameReader, encode};
    use crate::limits::{GROWTH, MAX_FRAME, SMALL_FRAME};
    use tokio::io::{AsyncWriteExt, duplex};

    #[tokio::test]
    async fn frames_come_whole_wherever_they_are_cut() {
        let mut bytes = encode(&"こっそり").unwrap().to_vec();
        bytes.extend_from_slice(&encode(&[1, 2, 3]).unwrap());
        for cut in 0..=bytes.len() {
            let (mut near, far) = duplex(1024);
            let mut reader = FrameReader::new(far);
            let (first, second) = bytes.split_at(cut);
            let write = async {
                near.write_all(first).await.unwrap();
                tokio::task::yield_now().await;
                near.write_all(second).await.unwrap();
                drop(near);
            };
            let read = async {
                assert_eq!(
                    &**reader.frame(MAX_FRAME).await.unwrap().unwrap(),
                    "\"こっそり\"".as_bytes()
                );
                assert_eq!(&**reader.frame(MAX_FRAME).await.unwrap().unwrap(), b"[1,2,3]");
                assert!(reader.frame(MAX_FRAME).await.unwrap().is_none(), "cut at {cut}");
            };
            tokio::join!(write, read);
        }
    }

    #[tokio::test]
    async fn an_end_inside_a_frame_is_an_error_and_between_frames_is_none() {
        let bytes = encode(&"text").unwrap();
        for kept in 1..bytes.len() {
            let mut reader = FrameReader::new(&bytes[..kept]);
            let end = reader.frame(MAX_FRAME).await;
            assert!(
                matches!(end, Err(FrameError::Truncated)),
                "{kept} of {} bytes",
                bytes.len()
            );
        }
    }

    #[tokio::test]
    async fn too_long_and_empty_frames_are_refused_by_their_header_alone() {
        for (length, max) in [(u32::MAX, MAX_FRAME), (MAX_FRAME as u32 + 1, MAX_FRAME), (11, 10)] {
            let header = length.to_be_bytes();
            let refused = FrameReader::new(&header[..]).length(max).await;
            assert!(matches!(refused, Err(FrameError::TooLong { .. })), "{length}");
        }
        let refused = FrameReader::new(&[0; 4][..]).length(MAX_FRAME).await;
        assert!(matches!(refused, Err(FrameError::Empty)));
        let exact = (MAX_FRAME as u32).to_be_bytes();
        assert_eq!(
            FrameReader::new(&exact[..]).length(MAX_FRAME).await.unwrap(),
            Some(MAX_FRAME)
        );
    }

    /// Asks the reader's own buffer through a source that looks at the room it is given.
    #[tokio::test]
    async fn memory_follows_what_has_come_not_what_was_claimed() {
        struct Watching {
            given: usize,
            most_room_beyond_step: usize,
        }
        impl tokio::io::AsyncRead for Watching {
            fn poll_read(
                mut self: std::pin::Pin<&mut Self>,
                _: &mut std::task::Context<'_>,
                buffer: &mut tokio::io::ReadBuf<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                let step = if self.given < SMALL_FRAME {
                    SMALL_FRAME
                } else {
                    GROWTH
                };
                let beyond = buffer.remaining().saturating_sub(step);
                self.most_room_beyond_step = self.most_room_beyond_step.max(beyond);
                let piece = buffer.remaining().min(1000);
                buffer.put_slice(&vec![b' '; piece]);
                self.given += piece;
                std::task::Poll::Ready(Ok(()))
            }
        }
        let mut source = Watching {
            given: 0,
            most_room_beyond_step: 0,
        };
        let body = FrameReader::new(&mut source).body(MAX_FRAME).await.unwrap();
        assert_eq!(body.len(), MAX_FRAME);
        assert_eq!(source.given, MAX_FRAME, "nothing of the next frame is taken");
        assert_eq!(source.most_room_beyond_step, 0);
    }

    #[test]
    fn what_does_not_fit_is_not_encoded() {
        assert_eq!(encode(&"x".repeat(MAX_FRAME - 2)).unwrap().len(), MAX_FRAME + 4);
        let refused = encode(&"x".repeat(MAX_FRAME - 1));
        assert!(matches!(refused, Err(EncodeError::TooLong(length)) if length == MAX_FRAME + 1));
    }
}
