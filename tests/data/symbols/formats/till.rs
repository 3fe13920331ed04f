//! As till.cc: `price` is inlined in `Drawer::total`.
#![no_std]
#![crate_type = "cdylib"]
pub mod shop {
    pub struct Drawer(pub i32);
    pub trait Total {
        fn total(&self) -> i32;
    }
    #[inline(always)]
    fn price(cents: i32) -> i32 {
        unsafe { core::ptr::read_volatile(cents as usize as *const i32) }
    }
    impl Total for Drawer {
        #[inline(never)]
        fn total(&self) -> i32 {
            price(self.0).wrapping_add(sum(self.0, 2))
        }
    }
    #[inline(never)]
    pub fn sum<T: core::ops::Mul>(first: T, second: T) -> T::Output {
        first * second
    }
}
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    loop {}
}
/// # Safety
/// Reads the address.
#[no_mangle]
#[inline(never)]
pub unsafe extern "C" fn open_drawer(cents: i32) -> i32 {
    use shop::Total;
    shop::Drawer(cents).total().wrapping_add(1)
}
