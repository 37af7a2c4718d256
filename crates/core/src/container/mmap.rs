//! Where a container's bytes live, and arrays over them. The only unsafe code of the container.

use std::any::Any;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::ops::Deref;
use std::path::Path;
use std::ptr::NonNull;
use std::sync::Arc;

use memmap2::{Mmap, MmapMut};

use super::{ALIGNMENT, Container, LoadError, Tag};
use crate::{ItemId, RequestId, UserId};

#[cfg(not(target_endian = "little"))]
compile_error!("files are little-endian and used in place; a big-endian machine would need a copying loader");

/// A container's bytes, aligned to [`ALIGNMENT`] or more.
pub(super) enum Storage {
    Map(Mmap),
    /// Anonymous memory of which the first `length` bytes count.
    Huge {
        map: MmapMut,
        length: usize,
    },
    Memory {
        blocks: Vec<Block>,
        length: usize,
    },
}

/// From this many bytes on, memory is asked for in huge pages.
const HUGE: usize = 4 << 20;

/// The unit in which aligned memory is allocated.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Block([u8; ALIGNMENT]);

impl Storage {
    pub(super) fn map(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        if file.metadata()?.len() == 0 {
            return Ok(Self::copy(&[]));
        }
        // SAFETY: the map is read-only. That nobody shortens or overwrites the file is asked of the caller in
        // `Container::open`; our own writer replaces files by renaming and never writes to one that exists.
        Ok(Self::Map(unsafe { Mmap::map(&file)? }))
    }

    pub(super) fn read(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let length = usize::try_from(file.metadata()?.len())
            .map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))?;
        let mut storage = Self::zeroed(length);
        file.read_exact(storage.bytes_mut())?;
        Ok(storage)
    }

    pub(super) fn copy(bytes: &[u8]) -> Self {
        let mut storage = Self::zeroed(bytes.len());
        storage.bytes_mut().copy_from_slice(bytes);
        storage
    }

    /// Zeros. Much memory is asked for in huge pages, where the system has them: rows that are read here and there then
    /// cost fewer misses of the address cache.
    fn zeroed(length: usize) -> Self {
        if length >= HUGE
            && let Ok(map) = MmapMut::map_anon(length)
        {
            #[cfg(target_os = "linux")]
            let _ = map.advise(memmap2::Advice::HugePage); // advice: without it everything works, more slowly
            return Self::Huge { map, length };
        }
        let blocks = vec![Block([0; ALIGNMENT]); length.div_ceil(ALIGNMENT)];
        Self::Memory { blocks, length }
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        match self {
            // Only `zeroed` makes storage that is written.
            Self::Map(_) => &mut [],
            Self::Huge { map, length } => &mut map[..*length],
            // SAFETY: a `Block` is `ALIGNMENT` bytes without padding, any byte is allowed in it, the borrow is
            // exclusive, and `length` is at most the blocks' size.
            Self::Memory { blocks, length } => unsafe {
                std::slice::from_raw_parts_mut(blocks.as_mut_ptr().cast(), *length)
            },
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Map(map) => map,
            Self::Huge { map, length } => &map[..*length],
            // SAFETY: a `Block` is `ALIGNMENT` bytes without padding, so the vector is `blocks.len() * ALIGNMENT` bytes
            // in a row, and `length` is at most that: both constructors allocate for it.
            Self::Memory { blocks, length } => unsafe {
                std::slice::from_raw_parts(blocks.as_ptr().cast(), *length)
            },
        }
    }
}

/// What an array in a section may be made of: plain numbers, little-endian in the file, and ids.
///
/// # Safety
///
/// At least one byte, no padding, no invalid bit pattern, no interior mutability, and an alignment that divides
/// [`ALIGNMENT`].
pub unsafe trait Element: Copy + Send + Sync + fmt::Debug + 'static {}

macro_rules! elements {
    ($($type:ty)*) => {$(
        // SAFETY: a primitive number, or a transparent wrapper of one.
        unsafe impl Element for $type {}
    )*};
}

elements! { u8 i8 u16 i16 u32 i32 u64 i64 f32 f64 ItemId UserId RequestId }

/// The bytes of an array, as they stand in a file.
pub(super) fn bytes<T: Element>(elements: &[T]) -> &[u8] {
    // SAFETY: an `Element` has no padding, so all of the array's bytes are initialised.
    unsafe { std::slice::from_raw_parts(elements.as_ptr().cast(), size_of_val(elements)) }
}

/// The bytes of a section as an array, unless their number is no multiple of the element's size (or, which no section
/// is, they are not aligned).
pub(super) fn elements<T: Element>(bytes: &[u8]) -> Option<&[T]> {
    let start = bytes.as_ptr().cast::<T>();
    if !bytes.len().is_multiple_of(size_of::<T>()) || !start.is_aligned() {
        return None;
    }
    // SAFETY: the start is aligned, the length is that of the bytes, and any bytes are a valid `Element`.
    Some(unsafe { std::slice::from_raw_parts(start, bytes.len() / size_of::<T>()) })
}

/// An array that owns what it lies in: a section of a [`Container`], or memory. It reads as a slice.
///
/// An index that was built and one that was opened have the same field of this type. Cloning copies no elements.
pub struct View<T> {
    start: NonNull<T>,
    length: usize,
    owner: Arc<dyn Any + Send + Sync>,
}

// SAFETY: a view gives out shared references only, to memory that its owner keeps alive, in place and unchanged; the
// owner itself may be sent and shared.
unsafe impl<T: Send + Sync> Send for View<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for View<T> {}

impl<T: Element> View<T> {
    pub(super) fn of(container: &Container, tag: Tag) -> Result<Self, LoadError> {
        let elements = container.elements::<T>(tag)?;
        Ok(Self {
            start: NonNull::from(elements).cast(),
            length: elements.len(),
            owner: Arc::new(container.clone()),
        })
    }

    /// A copy of `elements` that starts at a multiple of [`ALIGNMENT`], as a section does. For rows that are searched:
    /// in the cache, the kernels are up to twice as fast on them as on a vector's, which start anywhere.
    pub fn aligned(elements: &[T]) -> Self {
        let storage = Arc::new(Storage::copy(bytes(elements)));
        Self {
            start: NonNull::from(storage.bytes()).cast(),
            length: elements.len(),
            owner: storage,
        }
    }
}

impl<T: Element> From<Vec<T>> for View<T> {
    fn from(elements: Vec<T>) -> Self {
        let elements = Arc::new(elements);
        Self {
            start: NonNull::from(elements.as_slice()).cast(),
            length: elements.len(),
            owner: elements,
        }
    }
}

impl<T> Deref for View<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        // SAFETY: `start` and `length` come from a slice of the owner's, which lives as long as `self`, does not move
        // its elements and hands out no exclusive reference to them.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.length) }
    }
}

impl<T> Clone for View<T> {
    fn clone(&self) -> Self {
        Self {
            start: self.start,
            length: self.length,
            owner: Arc::clone(&self.owner),
        }
    }
}

impl<T: Element> Default for View<T> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl<T> AsRef<[T]> for View<T> {
    fn as_ref(&self) -> &[T] {
        self
    }
}

impl<T> fmt::Debug for View<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "View({} elements)", self.length)
    }
}
