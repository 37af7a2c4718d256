#![no_main]

#[path = "../bodies/typeahead.rs"]
mod index;
#[path = "../bodies/open.rs"]
mod open;
#[path = "../bodies/seal.rs"]
mod seal;

use bowerbird_typeahead::FastIndex;
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

fuzz_target!(|bytes: &[u8]| {
    open::open::<FastIndex>(bytes);
});

// Without checksums that fit hardly a file would come past its header.
fuzz_mutator!(|data: &mut [u8], size: usize, room: usize, seed: u32| {
    let mut size = fuzzer_mutate(data, size, room);
    if seed % 4 == 1
        && let Some(length) = seal::layout(&mut data[..size]).filter(|length| *length <= room)
    {
        data[size.min(length)..length].fill(0);
        size = length;
    }
    match seed % 8 {
        0 => {}
        2 => seal::header(&mut data[..size]),
        _ => seal::everything(&mut data[..size]),
    }
    size
});
