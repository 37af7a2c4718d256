//! Little-endian values one after another: how parameters are written.

use super::{Fault, LoadError, Part};
use crate::{Normalization, SpaceId};

/// Writes values one after another, little-endian, with nothing between them.
#[derive(Clone, Default, Debug)]
pub struct Encoder(Vec<u8>);

/// Reads what an [`Encoder`] wrote, in the same order. Never reads past the end, never allocates.
#[derive(Clone, Debug)]
pub struct Decoder<'a>(&'a [u8]);

macro_rules! numbers {
    ($($name:ident)*) => {
        impl Encoder {
            $(
                #[doc = concat!("Writes ", stringify!($name), ".")]
                pub fn $name(&mut self, value: $name) -> &mut Self {
                    self.0.extend_from_slice(&value.to_le_bytes());
                    self
                }
            )*
        }

        impl<'a> Decoder<'a> {
            $(
                #[doc = concat!("Reads ", stringify!($name), ".")]
                ///
                /// # Errors
                ///
                /// [`LoadError::Corrupt`] when the bytes end before.
                pub fn $name(&mut self) -> Result<$name, LoadError> {
                    Ok($name::from_le_bytes(self.array()?))
                }
            )*
        }
    };
}

numbers! { u8 u32 u64 i64 f32 f64 }

impl Encoder {
    /// Nothing written yet.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Writes a truth value as one byte.
    pub fn flag(&mut self, value: bool) -> &mut Self {
        self.u8(value.into())
    }

    /// Writes bytes with their length.
    pub fn bytes(&mut self, value: &[u8]) -> &mut Self {
        self.u64(value.len() as u64);
        self.0.extend_from_slice(value);
        self
    }

    /// Writes text with its length.
    pub fn text(&mut self, value: &str) -> &mut Self {
        self.bytes(value.as_bytes())
    }

    /// Writes the identity of a vector space.
    pub fn space(&mut self, value: &SpaceId) -> &mut Self {
        let normalization = match value.normalization {
            Normalization::None => 0,
            Normalization::Unit => 1,
        };
        self.text(&value.model)
            .u64(value.version)
            .u32(value.dimension)
            .u8(normalization)
    }
}

impl From<Encoder> for Vec<u8> {
    fn from(encoder: Encoder) -> Self {
        encoder.0
    }
}

impl<'a> Decoder<'a> {
    /// Reads from `bytes`.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The bytes not yet read.
    pub const fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// Reads a truth value.
    ///
    /// # Errors
    ///
    /// [`LoadError::Corrupt`] when the bytes end before, or hold another number than 0 and 1.
    pub fn flag(&mut self) -> Result<bool, LoadError> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(fault(Fault::Invalid {
                rule: "a truth value is 0 or 1",
            })),
        }
    }

    /// Reads bytes with their length.
    ///
    /// # Errors
    ///
    /// [`LoadError::Corrupt`] when there are fewer than the length says.
    pub fn bytes(&mut self) -> Result<&'a [u8], LoadError> {
        let length = self.u64()?;
        let length = usize::try_from(length).map_err(|_| fault(Fault::Ended))?;
        self.take(length)
    }

    /// Reads text with its length.
    ///
    /// # Errors
    ///
    /// [`LoadError::Corrupt`] when there is less than the length says, or it is not UTF-8.
    pub fn text(&mut self) -> Result<&'a str, LoadError> {
        std::str::from_utf8(self.bytes()?).map_err(|_| {
            fault(Fault::Invalid {
                rule: "text is UTF-8",
            })
        })
    }

    /// Reads the identity of a vector space.
    ///
    /// # Errors
    ///
    /// [`LoadError::Corrupt`] when the bytes end before, or are not one.
    pub fn space(&mut self) -> Result<SpaceId, LoadError> {
        let (model, version, dimension) = (self.text()?, self.u64()?, self.u32()?);
        let normalization = match self.u8()? {
            0 => Normalization::None,
            1 => Normalization::Unit,
            _ => {
                return Err(fault(Fault::Invalid {
                    rule: "a normalization is 0 or 1",
                }));
            }
        };
        Ok(SpaceId::new(model, version, dimension, normalization))
    }

    /// Checks that everything was read.
    ///
    /// # Errors
    ///
    /// [`LoadError::Corrupt`] when something is left.
    pub const fn finish(self) -> Result<(), LoadError> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(fault(Fault::LeftOver {
            count: self.0.len() as u64,
        }))
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], LoadError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(fault(Fault::Ended))?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], LoadError> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(fault(Fault::Ended))?;
        self.0 = rest;
        Ok(*taken)
    }
}

const fn fault(fault: Fault) -> LoadError {
    LoadError::Corrupt {
        part: Part::Params,
        fault,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Numbers = (u8, u32, u64, i64, f32, f64);

    /// Reads one of everything, in the order of [`encoded`].
    fn decode(bytes: &[u8]) -> Result<(Numbers, bool, String, SpaceId), LoadError> {
        let mut d = Decoder::new(bytes);
        let numbers = (d.u8()?, d.u32()?, d.u64()?, d.i64()?, d.f32()?, d.f64()?);
        let all = (numbers, d.flag()?, d.text()?.into(), d.space()?);
        d.finish()?;
        Ok(all)
    }

    fn encoded(text: &str, flag: bool, number: i64) -> Vec<u8> {
        let mut e = Encoder::new();
        let space = SpaceId::new(text, number as u64, 7, Normalization::Unit);
        e.u8(1)
            .u32(2)
            .u64(3)
            .i64(number)
            .f32(0.5)
            .f64(-0.25)
            .flag(flag)
            .text(text)
            .space(&space);
        e.into()
    }

    proptest! {
        #[test]
        fn what_was_encoded_is_decoded(text in ".{0,20}", flag: bool, number: i64) {
            let decoded = decode(&encoded(&text, flag, number)).expect("a whole encoding");
            let space = SpaceId::new(text.as_str(), number as u64, 7, Normalization::Unit);
            prop_assert_eq!(decoded, ((1, 2, 3, number, 0.5, -0.25), flag, text, space));
        }

        #[test]
        fn random_bytes_are_an_error_or_a_value(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&bytes);
        }
    }

    #[test]
    fn an_encoding_that_is_cut_or_longer_is_refused() {
        let bytes = encoded("model", true, -1);
        for length in 0..bytes.len() {
            let error = decode(&bytes[..length]).expect_err("cut");
            assert!(
                matches!(
                    error,
                    LoadError::Corrupt {
                        part: Part::Params,
                        fault: Fault::Ended
                    }
                ),
                "{error}"
            );
        }
        let longer = [&bytes[..], &[0]].concat();
        let error = decode(&longer).expect_err("longer");
        assert!(
            matches!(
                error,
                LoadError::Corrupt {
                    fault: Fault::LeftOver { count: 1 },
                    ..
                }
            ),
            "{error}"
        );
    }

    #[test]
    fn a_huge_length_is_refused_without_an_allocation() {
        let mut e = Encoder::new();
        e.u64(u64::MAX).u8(1);
        let bytes = Vec::from(e);
        assert!(Decoder::new(&bytes).bytes().is_err());
    }
}
