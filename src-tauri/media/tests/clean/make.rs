//! Pictures as the world makes them: with places, names, thumbnails and films hidden in every corner of the format.

use std::io::Cursor;

use exif::experimental::Writer;
use exif::{Field, In, Rational, Tag, Value};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, ExtendedColorType, ImageFormat, Rgb, RgbImage, RgbaImage};

pub const CANARY: &str = "SECRET-CANARY";

pub const RED: [u8; 3] = [200, 30, 30];
pub const GREEN: [u8; 3] = [30, 200, 30];
pub const BLUE: [u8; 3] = [30, 30, 200];
pub const YELLOW: [u8; 3] = [220, 220, 40];

/// Red, green, blue and yellow: top left, top right, bottom left, bottom right.
pub fn corners(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        Rgb(match (x < width / 2, y < height / 2) {
            (true, true) => RED,
            (false, true) => GREEN,
            (true, false) => BLUE,
            (false, false) => YELLOW,
        })
    })
}

/// The colours at the middles of the four quarters, in the order of `corners`.
pub fn seen_corners(image: &DynamicImage) -> [[u8; 3]; 4] {
    let rgb = image.to_rgb8();
    let (w, h) = rgb.dimensions();
    [(1, 1), (3, 1), (1, 3), (3, 3)].map(|(x, y)| rgb.get_pixel(w * x / 4, h * y / 4).0)
}

pub fn near(a: [u8; 3], b: [u8; 3], tolerance: u8) -> bool {
    a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= tolerance)
}

/// Every pixel another: nothing compresses it.
pub fn noise(width: u32, height: u32) -> RgbImage {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    RgbImage::from_fn(width, height, |_, _| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let [r, g, b, ..] = state.to_le_bytes();
        Rgb([r, g, b])
    })
}

pub fn jpeg(image: &RgbImage) -> Vec<u8> {
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, 90)
        .encode_image(image)
        .unwrap();
    out
}

pub fn png(image: &DynamicImage) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    image.write_to(&mut out, ImageFormat::Png).unwrap();
    out.into_inner()
}

pub fn webp(image: &RgbaImage) -> Vec<u8> {
    let mut out = Vec::new();
    let (width, height) = image.dimensions();
    WebPEncoder::new_lossless(&mut out)
        .encode(image, width, height, ExtendedColorType::Rgba8)
        .unwrap();
    out
}

pub fn decode(bytes: &[u8]) -> DynamicImage {
    image::load_from_memory(bytes).unwrap()
}

/// A TIFF block with orientation, place, camera, date and a thumbnail.
pub fn exif(orientation: u16) -> Vec<u8> {
    let text = |tag: Tag| Field {
        tag,
        ifd_num: In::PRIMARY,
        value: Value::Ascii(vec![CANARY.as_bytes().to_vec()]),
    };
    let place = |tag: Tag| Field {
        tag,
        ifd_num: In::PRIMARY,
        value: Value::Rational(vec![
            Rational { num: 35, denom: 1 },
            Rational { num: 40, denom: 1 },
            Rational { num: 5, denom: 1 },
        ]),
    };
    let north = Field {
        tag: Tag::GPSLatitudeRef,
        ifd_num: In::PRIMARY,
        value: Value::Ascii(vec![b"N".to_vec()]),
    };
    let turned = Field {
        tag: Tag::Orientation,
        ifd_num: In::PRIMARY,
        value: Value::Short(vec![orientation]),
    };
    let fields = [
        turned,
        text(Tag::Make),
        text(Tag::Artist),
        text(Tag::ImageDescription),
        text(Tag::DateTimeOriginal),
        north,
        place(Tag::GPSLatitude),
        place(Tag::GPSLongitude),
    ];
    let mut thumbnail = jpeg(&corners(16, 16));
    thumbnail.extend(CANARY.as_bytes());
    let mut writer = Writer::new();
    for field in &fields {
        writer.push_field(field);
    }
    writer.set_jpeg(&thumbnail, In::THUMBNAIL);
    let mut out = Cursor::new(Vec::new());
    writer.write(&mut out, false).unwrap();
    out.into_inner()
}

pub fn xmp() -> Vec<u8> {
    format!(
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF><dc:creator>{CANARY}</dc:creator></rdf:RDF></x:xmpmeta>"
    )
    .into_bytes()
}

fn with(prefix: &[u8], rest: &[u8]) -> Vec<u8> {
    [prefix, rest].concat()
}

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker], &length[..], content].concat()
}

/// A JPEG with every segment that cameras and editors write, and a second picture and a film behind its end.
pub fn dirty_jpeg(plain: &[u8], orientation: u16) -> Vec<u8> {
    let canary = CANARY.as_bytes();
    let thumbnail = [b"JFXX\0\x10".as_slice(), &jpeg(&corners(16, 16)), canary].concat();
    let iptc = [
        b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x12\x1c\x02\x74\0\x0d".as_slice(),
        canary,
    ]
    .concat();
    let mut out = vec![0xff, 0xd8];
    out.extend(segment(
        0xe0,
        &with(b"JFIF\0\x01\x01\0\0\x01\0\x01\x02\x02", &[7; 12]),
    ));
    out.extend(segment(0xe0, &thumbnail));
    out.extend(segment(0xe1, &with(b"Exif\0\0", &exif(orientation))));
    out.extend(segment(0xe1, &with(b"http://ns.adobe.com/xap/1.0/\0", &xmp())));
    out.extend(segment(0xe2, &with(b"MPF\0", canary)));
    out.extend(segment(0xe5, canary));
    out.extend(segment(0xed, &iptc));
    out.extend(segment(0xfe, canary));
    out.extend(&plain[2..]);
    out.extend(dirty_trailer());
    out
}

fn dirty_trailer() -> Vec<u8> {
    let mut second = vec![0xff, 0xd8];
    second.extend(segment(0xe1, &with(b"Exif\0\0", &exif(1))));
    second.extend(&jpeg(&corners(32, 16))[2..]);
    second.extend(b"\0\0\0\x18ftypmp42");
    second.extend(CANARY.as_bytes());
    second
}

pub fn png_chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let named = [name, content].concat();
    let mut sum = !0_u32;
    for byte in &named {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 {
                0xedb8_8320 ^ (sum >> 1)
            } else {
                sum >> 1
            };
        }
    }
    [
        &u32::try_from(content.len()).unwrap().to_be_bytes()[..],
        &named,
        &(!sum).to_be_bytes(),
    ]
    .concat()
}

/// Puts chunks behind `IHDR` of a PNG, and others just before its `IEND`.
pub fn png_with(plain: &[u8], first: &[Vec<u8>], last: &[Vec<u8>]) -> Vec<u8> {
    let (head, rest) = plain.split_at(33);
    let (body, end) = rest.split_at(rest.len() - 12);
    [head, &first.concat(), body, &last.concat(), end].concat()
}

pub fn dirty_png(plain: &[u8], orientation: u16) -> Vec<u8> {
    let canary = CANARY.as_bytes();
    let first = [
        png_chunk(b"tEXt", &with(b"Comment\0", canary)),
        png_chunk(b"iTXt", &with(b"XML:com.adobe.xmp\0\0\0\0\0", &xmp())),
        png_chunk(b"eXIf", &exif(orientation)),
        png_chunk(b"tIME", &[7, 234, 11, 23, 1, 2, 3]),
        png_chunk(b"pHYs", &[0, 0, 1, 0, 0, 0, 1, 0, 1]),
        png_chunk(b"caNr", canary),
    ];
    let last = [
        png_chunk(b"tEXt", &with(b"Author\0", canary)),
        png_chunk(b"caNr", canary),
    ];
    let mut out = png_with(plain, &first, &last);
    out.extend(png_chunk(b"tEXt", &with(b"After\0", canary)));
    out.extend(canary);
    out
}

pub fn riff_chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut out = [
        name,
        &u32::try_from(content.len()).unwrap().to_le_bytes()[..],
        content,
    ]
    .concat();
    if content.len() % 2 == 1 {
        out.push(0);
    }
    out
}

pub fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    riff_chunk(b"RIFF", &with(b"WEBP", &chunks.concat()))
}

pub fn vp8x(flags: u8, width: u32, height: u32) -> Vec<u8> {
    let side = |length: u32| (length - 1).to_le_bytes();
    let content = [&[flags, 0, 0, 0][..], &side(width)[..3], &side(height)[..3]].concat();
    riff_chunk(b"VP8X", &content)
}

/// The chunks of pixels of a WebP that is nothing else.
pub fn webp_pixels(plain: &[u8]) -> Vec<u8> {
    match &plain[12..16] {
        b"VP8X" => plain[30..].to_vec(),
        _ => plain[12..].to_vec(),
    }
}

pub fn dirty_webp(plain: &[u8], (width, height): (u32, u32), orientation: u16) -> Vec<u8> {
    let canary = CANARY.as_bytes();
    let clear = plain.windows(4).any(|name| name == b"ALPH" || name == b"VP8L");
    let mut out = riff(&[
        // Only a picture with clear pixels may say that it has them.
        vp8x(if clear { 0b0001_1100 } else { 0b0000_1100 }, width, height),
        riff_chunk(b"CNRY", canary),
        webp_pixels(plain),
        riff_chunk(b"EXIF", &with(b"Exif\0\0", &exif(orientation))),
        riff_chunk(b"XMP ", &xmp()),
        riff_chunk(b"CNRY", canary),
    ]);
    out.extend(canary);
    out
}

/// Frames of one colour each, on a canvas of 40 x 24.
pub fn gif(frames: &[[u8; 3]]) -> Vec<u8> {
    let canary = CANARY.as_bytes();
    let mut encoder = gif::Encoder::new(Vec::new(), 40, 24, &[]).unwrap();
    encoder
        .write_raw_extension(gif::AnyExtension(0xfe), &[canary])
        .unwrap();
    encoder
        .write_raw_extension(gif::AnyExtension(0xff), &[b"XMP DataXMP", &xmp()])
        .unwrap();
    if frames.len() > 1 {
        encoder.set_repeat(gif::Repeat::Finite(3)).unwrap();
    }
    for (index, colour) in frames.iter().enumerate() {
        let mut frame = gif::Frame::from_indexed_pixels(40, 24, vec![index as u8 % 2; 40 * 24], None);
        frame.palette = Some([*colour, *colour].concat());
        frame.delay = 7 + index as u16;
        frame.dispose = gif::DisposalMethod::Background;
        encoder.write_frame(&frame).unwrap();
    }
    let mut out = encoder.into_inner().unwrap();
    out.extend(canary);
    out
}

pub fn apng(frames: &[[u8; 3]], separate: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, 40, 24);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_animated(frames.len() as u32, 5).unwrap();
    encoder.set_sep_def_img(separate).unwrap();
    let mut writer = encoder.write_header().unwrap();
    let fill = |colour: &[u8; 3], pixels: usize| colour.repeat(pixels);
    if separate {
        writer.write_image_data(&fill(&BLUE, 40 * 24)).unwrap();
    }
    for (index, colour) in frames.iter().enumerate() {
        writer.set_frame_delay(1 + index as u16, 10).unwrap();
        if index > 0 {
            writer.set_frame_dimension(20, 12).unwrap();
            writer.set_frame_position(4, 6).unwrap();
            writer.write_image_data(&fill(colour, 20 * 12)).unwrap();
        } else {
            writer.write_image_data(&fill(colour, 40 * 24)).unwrap();
        }
    }
    writer.finish().unwrap();
    dirty_png(&out, 1)
}

pub fn animated_webp(frames: &[[u8; 3]]) -> Vec<u8> {
    let canary = CANARY.as_bytes();
    let mut chunks = vec![
        vp8x(0b0001_1110, 40, 24),
        riff_chunk(b"ANIM", &[0, 0, 0, 0, 4, 0]),
        riff_chunk(b"CNRY", canary),
    ];
    for colour in frames {
        let [r, g, b] = *colour;
        let still = webp(&RgbaImage::from_pixel(40, 24, image::Rgba([r, g, b, 255])));
        let head = [0, 0, 0, 0, 0, 0, 39, 0, 0, 23, 0, 0, 90, 0, 0, 0];
        let content = [&head[..], &webp_pixels(&still), &riff_chunk(b"CNRY", canary)].concat();
        chunks.push(riff_chunk(b"ANMF", &content));
    }
    chunks.push(riff_chunk(b"EXIF", &exif(1)));
    chunks.push(riff_chunk(b"XMP ", &xmp()));
    let mut out = riff(&chunks);
    out.extend(canary);
    out
}
