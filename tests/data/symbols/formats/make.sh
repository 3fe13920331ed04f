#!/bin/sh
# Makes the files of this folder again. See README.md.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=${1:-$(mktemp -d)}
mkdir -p "$work"
cp "$here"/till.cc "$here"/till.rs "$work"
cd "$work"
map="-ffile-prefix-map=$work=/src/shop"
cc="-O1 -g1 -fno-exceptions -fno-rtti -fno-asynchronous-unwind-tables $map"
id=0123456789abcdef0123456789abcdef01234567
# ELF: a library with DWARF, the same stripped, and what was stripped from it.
clang++ $cc -g -fPIC -shared -nostdlib -fuse-ld=lld -Wl,--build-id=0x$id -Wl,-z,separate-loadable-segments till.cc -o till.so
llvm-objcopy --only-keep-debug till.so till.so.debug
llvm-objcopy --strip-all till.so till.stripped.so
# 32 bits.
clang++ $cc -g --target=armv7-linux-gnueabihf -fPIC -shared -nostdlib -fuse-ld=lld -Wl,--build-id=0xfedcba9876543210fedcba9876543210fedcba98 till.cc -o till.arm.so
# Rust, both ways to write names.
for mangling in legacy v0; do
  RUSTC_BOOTSTRAP=1 rustc -Z unstable-options -O -g -C panic=abort -C symbol-mangling-version=$mangling -C strip=none -C link-arg=-nostdlib -C linker=clang -C link-arg=-fuse-ld=lld \
    -C link-arg=-Wl,--build-id=sha1 -C link-arg=-Wl,--gc-sections --remap-path-prefix="$work=/src/shop" till.rs -o till.rust-$mangling.so
done
# Windows: DWARF in the program, and a PDB beside it.
x86_64-w64-mingw32-g++ $cc -g -shared -nostdlib -Wl,--build-id -Wl,-e,open_drawer till.cc -o till.mingw.dll
clang --driver-mode=cl --target=x86_64-pc-windows-msvc /O1 /Z7 /GS- /GR- -c -Xclang -fdebug-compilation-dir -Xclang 'C:\shop' -Xclang -fdebug-prefix-map=$work=C:\\shop till.cc /Fotill.obj
lld-link /dll /debug /noentry /nodefaultlib /export:open_drawer /out:till.dll /pdb:till.pdb /pdbaltpath:till.pdb till.obj
# Apple: both architectures of a dSYM in one file.
for arch in x86_64 arm64; do
  clang++ $cc -g --target=$arch-apple-macos11 -c till.cc -o till.$arch.o
  ld64.lld-14 -arch $arch -platform_version macos 11.0 11.0 -dylib -undefined dynamic_lookup -install_name @rpath/till.dylib till.$arch.o -o till.$arch.dylib
  dsymutil till.$arch.dylib -o till.$arch.dSYM
done
llvm-lipo-14 -create till.x86_64.dSYM/Contents/Resources/DWARF/till.x86_64.dylib till.arm64.dSYM/Contents/Resources/DWARF/till.arm64.dylib -output till.dSYM
# WebAssembly.
clang++ $cc -g --target=wasm32 -nostdlib -Wl,--no-entry -Wl,--export=open_drawer till.cc -o till.wasm
# The linker of this version writes no build id: a custom section of that name, with 16 bytes.
printf '\000\031\010build_id\020\017\036\055\074\113\132\151\170\207\226\245\264\303\322\341\360' >> till.wasm
tar cJf "$here"/till.tar.xz till.so till.so.debug till.stripped.so till.arm.so till.rust-v0.so till.mingw.dll till.pdb till.dSYM till.wasm
