//! A graph index file taken apart, so that each part can be made to say something else, and put together again with
//! checksums that fit.

use bowerbird_core::SpaceId;
use bowerbird_core::container::{Container, ContainerWriter, Encoder, LoadError, Tag};

/// What `docs/formats/hnsw.md` says is in a file.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) kind: &'static str,
    pub(crate) version: u32,
    pub(crate) space: SpaceId,
    pub(crate) metric: u8,
    pub(crate) form: u8,
    pub(crate) width: u32,
    pub(crate) longest: f32,
    pub(crate) base_degree: u32,
    pub(crate) upper_degree: u32,
    pub(crate) layers: u32,
    pub(crate) counts: Vec<u32>,
    pub(crate) reach: Vec<f32>,
    /// Parameters after the last.
    pub(crate) left_over: Vec<u8>,
    pub(crate) sections: Vec<(Tag, Vec<u8>)>,
}

impl Parts {
    pub(crate) fn of(bytes: &[u8]) -> Result<Self, LoadError> {
        let container = Container::from_bytes(bytes)?;
        let mut params = container.params();
        let (space, metric, form) = (params.space()?, params.u8()?, params.u8()?);
        let (width, longest) = (params.u32()?, params.f32()?);
        let (base_degree, upper_degree, layers) = (params.u32()?, params.u32()?, params.u32()?);
        let counts = (0..layers).map(|_| params.u32()).collect::<Result<_, _>>()?;
        let reach = (0..9).map(|_| params.f32()).collect::<Result<_, _>>()?;
        let sections = container
            .tags()
            .map(|tag| Ok((tag, container.section(tag)?.to_vec())));
        Ok(Self {
            kind: "vs-hnsw",
            version: container.version(),
            space,
            metric,
            form,
            width,
            longest,
            base_degree,
            upper_degree,
            layers,
            counts,
            reach,
            left_over: params.rest().to_vec(),
            sections: sections.collect::<Result<_, LoadError>>()?,
        })
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut params = Encoder::new();
        params
            .space(&self.space)
            .u8(self.metric)
            .u8(self.form)
            .u32(self.width)
            .f32(self.longest)
            .u32(self.base_degree)
            .u32(self.upper_degree)
            .u32(self.layers);
        for count in &self.counts {
            params.u32(*count);
        }
        for share in &self.reach {
            params.f32(*share);
        }
        let mut params = Vec::from(params);
        params.extend(&self.left_over);
        let mut writer = ContainerWriter::new(Tag::new(self.kind), self.version);
        writer.params(params);
        for (tag, bytes) in &self.sections {
            writer.section(*tag, &bytes[..]);
        }
        writer.to_bytes().expect("bytes")
    }

    /// A section that is there.
    pub(crate) fn section(&mut self, tag: &'static str) -> &mut Vec<u8> {
        let found = self
            .sections
            .iter_mut()
            .find(|(found, _)| *found == Tag::new(tag));
        &mut found.expect("a section").1
    }

    pub(crate) fn has(&self, tag: &'static str) -> bool {
        self.sections.iter().any(|(found, _)| *found == Tag::new(tag))
    }

    /// Writes `bytes` into a section.
    pub(crate) fn write<const N: usize>(&mut self, tag: &'static str, at: usize, bytes: [u8; N]) {
        self.section(tag)[at..at + N].copy_from_slice(&bytes);
    }

    /// The 32-bit number `at` of a section.
    pub(crate) fn number(&mut self, tag: &'static str, at: usize) -> u32 {
        let bytes = &self.section(tag)[4 * at..4 * at + 4];
        u32::from_le_bytes(bytes.try_into().expect("four bytes"))
    }
}
