//! Colour profiles: the pixels become sRGB, so that the profile can go.

use image::DynamicImage;
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

/// How pixels become sRGB.
pub(crate) enum ToSrgb {
    Colour {
        transform: std::sync::Arc<moxcms::Transform8BitExecutor>,
        alpha: bool,
    },
    Grey(Box<[u8; 256]>),
}

/// A profile whose colours differ from sRGB by no more than this is sRGB under another name.
const SAME: u8 = 3;

/// `None` if there is nothing to do: no profile, one that says sRGB, or one that cannot be read (viewers ignore it too).
pub(crate) fn to_srgb(profile: Option<&[u8]>, image: &DynamicImage) -> Option<ToSrgb> {
    let profile = ColorProfile::new_from_slice(profile?).ok()?;
    let srgb = ColorProfile::new_srgb();
    let transform = |from: Layout, to: Layout| {
        profile
            .create_transform_8bit(from, &srgb, to, TransformOptions::default())
            .ok()
    };
    match (profile.color_space, image) {
        (DataColorSpace::Rgb, DynamicImage::ImageRgb8(_) | DynamicImage::ImageRgba8(_)) => {
            let plain = transform(Layout::Rgb, Layout::Rgb)?;
            let samples: Vec<u8> = sample_colours().collect();
            let mut seen = vec![0; samples.len()];
            plain.transform(&samples, &mut seen).ok()?;
            if samples.iter().zip(&seen).all(|(a, b)| a.abs_diff(*b) <= SAME) {
                return None;
            }
            let alpha = matches!(image, DynamicImage::ImageRgba8(_));
            let transform = if alpha {
                transform(Layout::Rgba, Layout::Rgba)?
            } else {
                plain
            };
            Some(ToSrgb::Colour { transform, alpha })
        }
        (DataColorSpace::Gray, DynamicImage::ImageLuma8(_) | DynamicImage::ImageLumaA8(_)) => {
            let greys: Vec<u8> = (0..=255).collect();
            let mut seen = vec![0; 256 * 3];
            transform(Layout::Gray, Layout::Rgb)?
                .transform(&greys, &mut seen)
                .ok()?;
            let mut table = Box::new([0; 256]);
            for (entry, colour) in table.iter_mut().zip(seen.chunks_exact(3)) {
                *entry = colour[1];
            }
            let same = table.iter().zip(&greys).all(|(a, b)| a.abs_diff(*b) <= SAME);
            (!same).then_some(ToSrgb::Grey(table))
        }
        // A profile for other channels than the picture has says nothing about it.
        _ => None,
    }
}

fn sample_colours() -> impl Iterator<Item = u8> {
    const STEPS: [u8; 6] = [0, 51, 102, 153, 204, 255];
    STEPS.into_iter().flat_map(|r| {
        STEPS
            .into_iter()
            .flat_map(move |g| STEPS.into_iter().flat_map(move |b| [r, g, b]))
    })
}

impl ToSrgb {
    pub(crate) fn apply(&self, image: &mut DynamicImage) {
        match self {
            Self::Colour { transform, alpha } => {
                let pixels: &mut [u8] = match image {
                    DynamicImage::ImageRgb8(pixels) => pixels,
                    DynamicImage::ImageRgba8(pixels) => pixels,
                    _ => return,
                };
                // In pieces, so that no second picture stands in memory.
                let mut piece = Vec::new();
                for chunk in pixels.chunks_mut(4096 * if *alpha { 4 } else { 3 }) {
                    piece.clear();
                    piece.extend_from_slice(chunk);
                    if transform.transform(&piece, chunk).is_err() {
                        chunk.copy_from_slice(&piece);
                    }
                }
            }
            Self::Grey(table) => {
                let each = match image {
                    DynamicImage::ImageLuma8(_) => 1,
                    _ => 2,
                };
                let pixels: &mut [u8] = match image {
                    DynamicImage::ImageLuma8(pixels) => pixels,
                    DynamicImage::ImageLumaA8(pixels) => pixels,
                    _ => return,
                };
                for pixel in pixels.chunks_exact_mut(each) {
                    pixel[0] = table[usize::from(pixel[0])];
                }
            }
        }
    }
}
