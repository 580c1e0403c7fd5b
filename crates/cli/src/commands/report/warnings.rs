//! What a report can't show, though it was asked for.

use exodus_report::{Format, Writer};
use exodus_schema::Schema;

use super::looks::Looks;
use crate::context::Context;
use crate::exit::Failure;
use crate::text::wrap;

/// Says it, once for all files.
pub(super) fn tell(
    context: &Context,
    looks: &Looks,
    schema: &Schema,
    writer: &Writer<'_>,
    formats: &[Format],
) -> Result<(), Failure> {
    if looks.lacks_weights(schema) {
        warn(
            context,
            "`--weights` has nothing to show: of no table is it known how much it holds, which a live database tells, and a \
             dump does not",
        );
    }
    let own_font: Vec<_> = formats
        .iter()
        .filter(|format| matches!(format, Format::Pdf | Format::Png))
        .map(ToString::to_string)
        .collect();
    if !own_font.is_empty() && writer.lacks_signs()? {
        warn(
            context,
            &format!(
                "the font of {} has no sign for some characters in names, and shows something else in their place; svg and \
                 html are shown with the reader's fonts",
                own_font.join(" and ")
            ),
        );
    }
    Ok(())
}

fn warn(context: &Context, text: &str) {
    context.note(wrap(&format!("warning: {text}"), 2).trim_end());
}
