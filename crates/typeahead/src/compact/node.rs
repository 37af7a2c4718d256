//! Nodes of a transducer in the file format of the `fst` crate, version 3, read with every access checked.
//!
//! The crate's own nodes panic on damaged bytes, which the crate checks only by a checksum over the whole; these end a
//! walk instead. A child always lies below its parent, so every walk ends.

/// The bytes that the format writes into a node's first byte, by their number there less one.
const COMMON: &[u8; 63] = b"te/oasripcnw.hlm-du012g=:bf3y5&_4v9678k%?xCDASFIBEjPTzRNM+LOqHG";
/// Children from which on a node has a table of 256 places.
const INDEXED: usize = 32;
/// The empty final node.
const EMPTY: u32 = 0;

/// A node, its parts located.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node<'f> {
    bytes: &'f [u8],
    children: usize,
    /// Bytes of a child's address, and of an output.
    sizes: (usize, usize),
    /// Ends of the places where the inputs, addresses and outputs stand, the first child's last.
    inputs: usize,
    addresses: usize,
    outputs: usize,
    /// Where the node starts, from which children's addresses count down.
    start: usize,
    /// The input of an only child that the first byte names.
    common: Option<u8>,
    /// What a key costs more that ends here.
    last: Option<u64>,
}

/// The way to a child.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Arc {
    pub(super) label: u8,
    pub(super) output: u64,
    pub(super) child: u32,
}

impl<'f> Node<'f> {
    /// The node at an address, or `None` where there cannot be one.
    #[inline]
    pub(super) fn read(bytes: &'f [u8], address: u32) -> Option<Self> {
        if address == EMPTY {
            return Some(Self::leaf(bytes));
        }
        let at = address as usize;
        let state = *bytes.get(at)?;
        if state & 0x80 != 0 {
            Self::single(bytes, at, state)
        } else {
            Self::any(bytes, at, state)
        }
    }

    fn leaf(bytes: &'f [u8]) -> Self {
        Self {
            bytes,
            children: 0,
            sizes: (0, 0),
            inputs: 0,
            addresses: 0,
            outputs: 0,
            start: 0,
            common: None,
            last: Some(0),
        }
    }

    #[inline]
    fn single(bytes: &'f [u8], at: usize, state: u8) -> Option<Self> {
        let common = usize::from(state & 0x3F)
            .checked_sub(1)
            .map(|number| COMMON[number]);
        let inputs = at;
        let below = at.checked_sub(usize::from(common.is_none()))?;
        let (sizes, addresses) = if state & 0x40 != 0 {
            ((0, 0), below)
        } else {
            let addresses = below.checked_sub(1)?;
            (split(bytes[addresses])?, addresses)
        };
        let outputs = addresses.checked_sub(sizes.0)?;
        let start = outputs.checked_sub(sizes.1)?;
        Some(Self {
            bytes,
            children: 1,
            sizes,
            inputs,
            addresses,
            outputs,
            start,
            common,
            last: None,
        })
    }

    #[inline]
    fn any(bytes: &'f [u8], at: usize, state: u8) -> Option<Self> {
        let short = usize::from(state & 0x3F);
        let (children, below) = if short > 0 {
            (short, at)
        } else {
            let below = at.checked_sub(1)?;
            // One child would stand in the first byte, so that 1 here says 256.
            (
                if bytes[below] == 1 {
                    256
                } else {
                    usize::from(bytes[below])
                },
                below,
            )
        };
        let packed = below.checked_sub(1)?;
        let sizes = split(bytes[packed])?;
        let inputs = packed.checked_sub(if children > INDEXED { 256 } else { 0 })?;
        let addresses = inputs.checked_sub(children)?;
        let outputs = addresses.checked_sub(children * sizes.0)?;
        let is_last = state & 0x40 != 0;
        let ends = outputs.checked_sub(children * sizes.1)?;
        let start = ends.checked_sub(if is_last { sizes.1 } else { 0 })?;
        let last = is_last.then(|| number(bytes, start, sizes.1));
        Some(Self {
            bytes,
            children,
            sizes,
            inputs,
            addresses,
            outputs,
            start,
            common: None,
            last,
        })
    }

    /// What a key costs more that ends here, if one does.
    #[inline]
    pub(super) fn last(&self) -> Option<u64> {
        self.last
    }

    /// How many children there are.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.children
    }

    /// The label of child `i`; labels ascend.
    #[inline]
    pub(super) fn label(&self, i: usize) -> u8 {
        self.common.unwrap_or_else(|| self.bytes[self.inputs - 1 - i])
    }

    /// What the way to child `i` costs.
    #[inline]
    pub(super) fn output(&self, i: usize) -> u64 {
        match self.sizes.1 {
            0 => 0,
            size => number(self.bytes, self.outputs - (i + 1) * size, size),
        }
    }

    /// The address of child `i`, or `None` where the bytes say nonsense.
    #[inline]
    pub(super) fn child(&self, i: usize) -> Option<u32> {
        let address = match self.sizes.0 {
            0 => self.start.checked_sub(1)?,
            size => match number(self.bytes, self.addresses - (i + 1) * size, size) {
                0 => return Some(EMPTY),
                delta => self.start.checked_sub(usize::try_from(delta).ok()?)?,
            },
        };
        u32::try_from(address).ok()
    }

    /// The way to child `i`.
    #[inline]
    pub(super) fn arc(&self, i: usize) -> Option<Arc> {
        Some(Arc {
            label: self.label(i),
            output: self.output(i),
            child: self.child(i)?,
        })
    }

    /// The way on where there is no other and no key ends here.
    #[inline]
    pub(super) fn only(&self) -> Option<Arc> {
        if self.children == 1 && self.last.is_none() {
            self.arc(0)
        } else {
            None
        }
    }

    /// The way that reads `byte`.
    #[inline]
    pub(super) fn find(&self, byte: u8) -> Option<Arc> {
        if self.children > INDEXED {
            let i = usize::from(self.bytes[self.inputs + usize::from(byte)]);
            return if i < self.children && self.label(i) == byte {
                self.arc(i)
            } else {
                None
            };
        }
        if let Some(common) = self.common {
            return if common == byte { self.arc(0) } else { None };
        }
        let labels = &self.bytes[self.inputs - self.children..self.inputs];
        let at = labels.iter().position(|&label| label == byte)?;
        self.arc(self.children - 1 - at)
    }
}

#[inline]
fn split(packed: u8) -> Option<(usize, usize)> {
    let sizes = (usize::from(packed >> 4), usize::from(packed & 15));
    (sizes.0 <= 8 && sizes.1 <= 8).then_some(sizes)
}

/// A little-endian number of `size` bytes, 0 to 8.
#[inline]
fn number(bytes: &[u8], at: usize, size: usize) -> u64 {
    if let Some(eight) = bytes.get(at..at + 8).and_then(|eight| eight.try_into().ok()) {
        let shift = 64 - 8 * size as u32;
        return u64::from_le_bytes(eight)
            .checked_shl(shift)
            .map_or(0, |value| value >> shift);
    }
    bytes[at..at + size]
        .iter()
        .rev()
        .fold(0, |value, &byte| value << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use fst::raw::{Builder, Fst};

    fn check(fst: &Fst<Vec<u8>>, address: usize) {
        let (theirs, ours) = (
            fst.node(address),
            Node::read(fst.as_bytes(), address as u32).unwrap(),
        );
        assert_eq!(
            (ours.last().is_some(), ours.len()),
            (theirs.is_final(), theirs.len())
        );
        assert_eq!(ours.last().unwrap_or(0), theirs.final_output().value());
        for (i, arc) in theirs.transitions().enumerate() {
            let expected = Arc {
                label: arc.inp,
                output: arc.out.value(),
                child: arc.addr as u32,
            };
            assert_eq!(ours.arc(i), Some(expected));
            assert_eq!(ours.find(arc.inp), Some(expected));
            check(fst, arc.addr);
        }
        let missing = (0..=255).filter(|&byte| theirs.find_input(byte).is_none());
        assert!(missing.into_iter().all(|byte| ours.find(byte).is_none()));
    }

    #[test]
    fn nodes_read_as_the_crate_reads_them() {
        let mut keys = std::collections::BTreeMap::new();
        for byte in 0..=255_u8 {
            keys.insert(vec![byte], u64::from(byte) * 77);
            keys.insert(vec![7, byte], 1 << (byte % 60));
            keys.insert(vec![b'a', byte, byte, b'x'], 3);
            keys.insert(vec![b'b', byte.min(40), 1, 2, 3], 70_000);
        }
        keys.insert(vec![], 9);
        let mut builder = Builder::memory();
        keys.iter()
            .for_each(|(key, value)| builder.insert(key, *value).unwrap());
        let fst = builder.into_fst();
        check(&fst, fst.root().addr());
    }
}
