//! The child's end: one picture in, one answer out, and the end of the process.

use std::io::{self, Read, Write};
use std::process::ExitCode;

use kossori_engine::ports::CleanPicture;

use crate::clean::clean;
use crate::confine::confine;
use crate::limits::MAX_FILE_BYTES;
use crate::metadata::tells;
use crate::thumb::thumb;
use crate::wire::{Answer, MAX_HEADER_BYTES, Request, header};

/// The whole program behind `kossorid --picture-worker`. It reads one request from its standard input and writes one
/// answer to its standard output. Whatever goes wrong with the pipes or the fences ends it with a failure, which the
/// parent reports as a dead worker; what is wrong with the picture is an answer.
#[must_use]
pub fn picture_worker() -> ExitCode {
    match confine().and_then(|()| serve(&mut io::stdin().lock(), &mut io::stdout().lock())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn serve(input: &mut impl Read, output: &mut impl Write) -> io::Result<()> {
    let mut length = [0; 4];
    input.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length);
    if length > MAX_HEADER_BYTES {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut json = vec![0; length as usize];
    input.read_exact(&mut json)?;
    let request: Request = serde_json::from_slice(&json)?;
    if request.length > MAX_FILE_BYTES {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut bytes = vec![0; request.length as usize];
    input.read_exact(&mut bytes)?;

    let made = match request.thumb {
        true => thumb(&bytes),
        false => clean(&bytes, &request.bounds),
    };
    let removed = tells(&bytes);
    match made {
        Ok(CleanPicture {
            bytes,
            mime,
            width,
            height,
        }) => {
            output.write_all(&header(&Answer::Picture {
                mime,
                width,
                height,
                length: bytes.len() as u64,
                removed,
            })?)?;
            output.write_all(&bytes)?;
        }
        Err(error) => output.write_all(&header(&Answer::Error(error))?)?,
    }
    output.flush()
}
