//! Not written yet.
use super::rows::Reader;
use super::{Options, ReadError};
use crate::catalogue::Catalogue;
use crate::model::Schema;

pub(super) async fn read<C: Catalogue>(
    mut reader: Reader<'_, C>,
    _options: &Options,
) -> Result<Schema, ReadError<C::Error>> {
    reader.ask_one("todo", "", |_| Err("not written yet".to_owned())).await
}
