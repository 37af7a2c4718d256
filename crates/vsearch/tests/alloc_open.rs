//! Opening and searching a damaged file takes memory in proportion to the file, whatever the file says.

#[path = "../../../fuzz/bodies/index.rs"]
mod index;
mod mutate;
#[path = "../../../fuzz/bodies/open.rs"]
mod open;
#[path = "../../../fuzz/bodies/seal.rs"]
mod seal;

use bowerbird_vsearch::{FlatIndex, HnswIndex, IvfIndex};
use index::Filed;
use mutate::Mutator;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// Bytes beside the multiple of the file: the first buffers of a search.
const SPARE: usize = 16 << 10;
/// The file, copied and aligned, and what a search notes down about each row in as many ways as it is asked.
const TIMES: usize = 4;

thread_local! {
    static HELD: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

fn took(size: usize) {
    HELD.set(HELD.get().saturating_add(size));
    PEAK.set(PEAK.get().max(HELD.get()));
}

fn gave(size: usize) {
    HELD.set(HELD.get().saturating_sub(size));
}

// SAFETY: every call is passed on to the system's allocator unchanged; counting touches no memory of its own.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        took(layout.size());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        took(layout.size());
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        gave(layout.size());
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        took(size);
        gave(layout.size());
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn is_bounded<I: Filed>(target: &str) {
    let seeds = mutate::seeds(target);
    let mut mutator = Mutator(0xa110c);
    for round in 0..mutate::rounds(20_000) {
        let file = mutator.mutated(&seeds);
        let before = HELD.get();
        PEAK.set(before);
        let came = open::open::<I>(&file);
        let peak = PEAK.get() - before;
        assert!(
            peak <= TIMES * file.len() + SPARE,
            "{target}, file {round}: {came:?} with {peak} bytes for {}",
            file.len()
        );
    }
}

#[test]
fn flat_files() {
    is_bounded::<FlatIndex>("open_flat");
}

#[test]
fn graph_files() {
    is_bounded::<HnswIndex>("open_hnsw");
}

#[test]
fn inverted_files() {
    is_bounded::<IvfIndex>("open_ivf");
}
