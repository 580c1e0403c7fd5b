//! A picture as PNG, drawn from its SVG with the program's own fonts.

use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use crate::font::{FAMILY, Face};
use crate::picture::Picture;
use crate::{Error, svg};

/// The most pixels along a side.
pub const LIMIT: f64 = 16_000.0;
/// The most pixels altogether: each takes eight bytes while the file is written.
pub const PIXELS: f64 = 30e6;

/// The picture at so many pixels per inch, or as many as keep it below [`LIMIT`] and [`PIXELS`].
pub fn file(picture: &Picture, title: &str, per_inch: f64) -> Result<Vec<u8>, Error> {
    let wrong = |error: &dyn std::fmt::Display| Error::Drawing(error.to_string());
    let mut options = Options {
        font_family: FAMILY.to_owned(),
        ..Options::default()
    };
    let fonts: &mut fontdb::Database = Arc::make_mut(&mut options.fontdb);
    fonts.load_font_data(Face::Regular.data().to_vec());
    fonts.load_font_data(Face::Bold.data().to_vec());
    fonts.set_sans_serif_family(FAMILY);
    let tree = Tree::from_str(&svg::file(picture, title), &options).map_err(|error| wrong(&error))?;
    let longest = picture.width.max(picture.height).max(1.0);
    let area = (picture.width * picture.height).max(1.0);
    let scale = (per_inch / 72.0).min(LIMIT / longest).min((PIXELS / area).sqrt());
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "limited above")]
    let pixels = |length: f64| ((length * scale).ceil() as u32).max(1);
    let mut canvas = Pixmap::new(pixels(picture.width), pixels(picture.height))
        .ok_or_else(|| Error::Drawing("there is no room for the picture".to_owned()))?;
    #[expect(clippy::cast_possible_truncation, reason = "a pixel is coarser")]
    let scale = (scale * picture.width / f64::from(tree.size().width())) as f32;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut canvas.as_mut());
    canvas.encode_png().map_err(|error| wrong(&error))
}
