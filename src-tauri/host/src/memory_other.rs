//! Where the allocator and the kernel have other ways: nothing to do.

pub fn keep_small() {}

pub fn give_back() {}

pub fn leave(code: u8) -> ! {
    std::process::exit(i32::from(code))
}
