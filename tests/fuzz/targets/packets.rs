//! The fuzzer of `packets`; what it does with its bytes is the entry of that name.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| orch::fuzzing::packets(data));
