//! What an inverted file may be made of.

/// What a list keeps of a vector: what a search goes through.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Codes {
    /// The vector itself; scores are exact.
    Flat,
    /// Product codes of 4 bits, looked up in registers. With `pieces` of two components each they cost a quarter of a
    /// byte a component. `pieces` is brought into 1 to the dimension.
    Pq4 {
        /// Pieces that a vector is cut into.
        pieces: u32,
    },
    /// Product codes of 8 bits, looked up in memory: finer than [`Pq4`](Self::Pq4) at as many bytes, several times
    /// slower.
    Pq8 {
        /// Pieces that a vector is cut into.
        pieces: u32,
    },
}

/// What is kept besides product codes, to score the best candidates again.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Refine {
    /// Nothing: scores are those of the codes, off by what the codes lose.
    None,
    /// A byte a component, scaled to each vector's own range after the mean is taken away (Aguerrebere and others,
    /// 2023), and 8 bytes.
    Int8,
    /// Two bytes a component.
    F16,
    /// The vector itself: hits have exact scores.
    F32,
}

/// Whether vectors are rotated before they are cut into pieces.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Rotate {
    /// As they come.
    No,
    /// By the rotation that loses least: see [`quantize`](crate::quantize). Worth its training where components are
    /// correlated; a query costs dimension² more.
    Optimized,
}

/// In how many lists a vector stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Spill {
    /// In that of the nearest centre.
    Single,
    /// Also in a second one, chosen so that it is near when the first is not (SOAR; Sun and others, 2023). Fewer
    /// lists need to be searched, for a second code and row number a vector. Not for [`Codes::Flat`], where it is
    /// ignored.
    Second,
}
