//! What every index file says first: the space and the metric; the host's own words, and sections of a given length.

use crate::{MAX_DIMENSION, Metric};
use bowerbird_core::SpaceId;
use bowerbird_core::container::{
    Container, ContainerWriter, Decoder, Element, Encoder, LoadError, Tag, View,
};

const METADATA: Tag = Tag::new("metadata");

/// Writes space and metric: the first of an index's parameters.
pub(crate) fn encode(params: &mut Encoder, space: &SpaceId, metric: Metric) {
    params.space(space).u8(match metric {
        Metric::L2 => 0,
        Metric::InnerProduct => 1,
        Metric::Cosine => 2,
    });
}

/// Reads what [`encode`] wrote in a file of `kind`, with a dimension that is allowed.
pub(crate) fn decode(params: &mut Decoder<'_>, kind: Tag) -> Result<(SpaceId, Metric), LoadError> {
    let space = params.space()?;
    let metric = match params.u8()? {
        0 => Metric::L2,
        1 => Metric::InnerProduct,
        2 => Metric::Cosine,
        _ => return Err(LoadError::invalid(kind, "a metric is 0, 1 or 2")),
    };
    if !(1..=MAX_DIMENSION).contains(&space.dimension) {
        return Err(LoadError::invalid(kind, "a dimension is 1 to 4096"));
    }
    Ok((space, metric))
}

/// Adds the host's metadata, unless there is none.
pub(crate) fn write_metadata<'a>(writer: &mut ContainerWriter<'a>, metadata: &'a [u8]) {
    if !metadata.is_empty() {
        writer.section(METADATA, metadata);
    }
}

/// The host's metadata; empty where the file has none.
pub(crate) fn read_metadata(container: &Container) -> Result<View<u8>, LoadError> {
    if container.tags().any(|tag| tag == METADATA) {
        return container.view(METADATA);
    }
    Ok(View::default())
}

/// A section of `length` elements; `None` is a length beyond all files.
pub(crate) fn section<T: Element>(
    container: &Container,
    tag: Tag,
    length: Option<usize>,
) -> Result<View<T>, LoadError> {
    let view = container.view::<T>(tag)?;
    if Some(view.len()) != length {
        return Err(LoadError::invalid(tag, "as long as the parameters say"));
    }
    Ok(view)
}
