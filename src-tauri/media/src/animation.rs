//! Animations keep their frames or are refused: one that stopped moving, or lost frames, would be another picture.

use kossori_engine::ports::{CleanPicture, MediaError};
use png::{ColorType, Encoder, Transformations};

use crate::clean::{Limit, finished};
use crate::gif::Again;
use crate::limits::FramePixels;
use crate::{png as still, webp};

pub(crate) struct Animation {
    bytes: Vec<u8>,
    width: u32,
    height: u32,
}

impl From<Again> for Animation {
    fn from(again: Again) -> Self {
        Self {
            bytes: again.bytes,
            width: again.width,
            height: again.height,
        }
    }
}

/// # Errors
/// `CannotShrink` when it does not fit as it is.
pub(crate) fn finish(animation: Animation, mime: &str, limit: Limit) -> Result<CleanPicture, MediaError> {
    let Animation { bytes, width, height } = animation;
    if limit.holds(bytes.len(), width, height) {
        Ok(finished(bytes, mime, width, height))
    } else {
        Err(MediaError::CannotShrink)
    }
}

/// Every frame of an animated PNG decoded and encoded anew, in its own colours, place and time.
pub(crate) fn png(bytes: &[u8], limit: Limit) -> Result<Animation, MediaError> {
    let mut reader = still::reader(bytes, Transformations::IDENTITY)?;
    let info = reader.info().clone();
    if !limit.holds(0, info.width, info.height) {
        return Err(MediaError::CannotShrink);
    }
    let control = info.animation_control.ok_or(MediaError::Broken)?;
    // The picture for viewers without animation may stand outside of the frames.
    let separate = info.frame_control.is_none();

    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, info.width, info.height);
    encoder.set_color(info.color_type);
    encoder.set_depth(info.bit_depth);
    if let (Some(palette), ColorType::Indexed) = (&info.palette, info.color_type) {
        encoder.set_palette(palette.as_ref());
    }
    if let Some(transparent) = &info.trns {
        encoder.set_trns(transparent.as_ref());
    }
    let refuse = |_| MediaError::Broken;
    encoder
        .set_animated(control.num_frames, control.num_plays)
        .map_err(refuse)?;
    encoder.set_sep_def_img(separate).map_err(refuse)?;
    let mut writer = encoder.write_header().map_err(refuse)?;

    let mut pixels = FramePixels::default();
    let mut buffer = vec![0; reader.output_buffer_size().ok_or(MediaError::TooLarge)?];
    let stride = reader.output_line_size(info.width).ok_or(MediaError::TooLarge)?;
    for index in 0..u64::from(control.num_frames) + u64::from(separate) {
        let frame = reader
            .next_frame(&mut buffer)
            .map_err(|error| still::broken(&error))?;
        pixels.add(frame.width, frame.height)?;
        if !(separate && index == 0) {
            let control = reader.info().frame_control.ok_or(MediaError::Broken)?;
            writer
                .set_frame_delay(control.delay_num, control.delay_den)
                .map_err(refuse)?;
            writer.set_dispose_op(control.dispose_op).map_err(refuse)?;
            writer.set_blend_op(control.blend_op).map_err(refuse)?;
            if index > 0 {
                writer.reset_frame_position().map_err(refuse)?;
                writer
                    .set_frame_dimension(control.width, control.height)
                    .map_err(refuse)?;
                writer
                    .set_frame_position(control.x_offset, control.y_offset)
                    .map_err(refuse)?;
            }
        }
        let length = frame.line_size * frame.height as usize;
        if info.interlaced && frame.line_size != stride {
            // An interlaced frame comes with the rows of the whole picture, of which it fills the beginnings.
            for row in 1..frame.height as usize {
                buffer.copy_within(
                    row * stride..row * stride + frame.line_size,
                    row * frame.line_size,
                );
            }
        }
        writer.write_image_data(&buffer[..length]).map_err(refuse)?;
    }
    reader.finish().map_err(|error| still::broken(&error))?;
    writer.finish().map_err(refuse)?;
    Ok(Animation {
        bytes: out,
        width: info.width,
        height: info.height,
    })
}

/// The frames of an animated WebP, copied by an allow-list, then decoded to see that they are whole.
pub(crate) fn webp(bytes: &[u8], parts: &webp::Parts, limit: Limit) -> Result<Animation, MediaError> {
    const ANIMATION: u8 = 0b0000_0010;
    const ALPHA: u8 = 0b0001_0000;
    let [flags, _, _, _, size @ ..] = parts.chunk(bytes, b"VP8X").ok_or(MediaError::Broken)? else {
        return Err(MediaError::Broken);
    };
    let size: [u8; 6] = size.try_into().map_err(|_| MediaError::Broken)?;
    let timing: [u8; 6] = parts
        .chunk(bytes, b"ANIM")
        .and_then(|content| content.try_into().ok())
        .ok_or(MediaError::Broken)?;

    let mut body = b"WEBP".to_vec();
    let mut header = vec![flags & ALPHA | ANIMATION, 0, 0, 0];
    header.extend(size);
    push(&mut body, b"VP8X", &header)?;
    push(&mut body, b"ANIM", &timing)?;
    for (_, content) in parts.chunks.iter().filter(|(name, _)| name == b"ANMF") {
        let frame = &bytes[content.clone()];
        let mut kept = frame.get(..16).ok_or(MediaError::Broken)?.to_vec();
        // Of the last byte of a frame's header only two bits mean anything.
        kept[15] &= 0b11;
        for (name, inner) in webp::chunks(frame, 16)? {
            if [b"ALPH", b"VP8 ", b"VP8L"].contains(&&name) {
                push(&mut kept, &name, &frame[inner])?;
            }
        }
        push(&mut body, b"ANMF", &kept)?;
    }
    let mut out = b"RIFF".to_vec();
    out.extend(length(&body)?.to_le_bytes());
    out.extend(body);

    let (width, height) = whole_frames(&out, limit)?;
    Ok(Animation {
        bytes: out,
        width,
        height,
    })
}

fn push(out: &mut Vec<u8>, name: &[u8; 4], content: &[u8]) -> Result<(), MediaError> {
    out.extend(name);
    out.extend(length(content)?.to_le_bytes());
    out.extend(content);
    if content.len() % 2 == 1 {
        out.push(0);
    }
    Ok(())
}

fn length(content: &[u8]) -> Result<u32, MediaError> {
    u32::try_from(content.len()).map_err(|_| MediaError::TooLarge)
}

fn whole_frames(bytes: &[u8], limit: Limit) -> Result<(u32, u32), MediaError> {
    let decoder = webp::decoder(bytes)?;
    let (width, height) = image::ImageDecoder::dimensions(&decoder);
    if !limit.holds(bytes.len(), width, height) {
        return Err(MediaError::CannotShrink);
    }
    let mut pixels = FramePixels::default();
    let mut frames = 0;
    for frame in image::AnimationDecoder::into_frames(decoder) {
        frame.map_err(|error| crate::clean::broken(&error))?;
        pixels.add(width, height)?;
        frames += 1;
    }
    if frames == 0 {
        Err(MediaError::Broken)
    } else {
        Ok((width, height))
    }
}
