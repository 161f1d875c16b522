#!/usr/bin/env bash
# Install what heavy tests need: a browser, FANN, PostgreSQL; for C clang, 32 bits, WebAssembly, Node.js, Arm, a simulated Arduino.
# This needs Debian or Ubuntu, and root. Else it says what is missing, and the tests that need it are skipped.
set -euo pipefail

missing=()
while read -r package file; do
    command -v "$file" >/dev/null || [ -e "$file" ] || missing+=("$package")
done <<END
chromium chromium
g++ g++
clang clang
lld wasm-ld
gcc-multilib /usr/lib32/Scrt1.o
nodejs node
gcc-arm-none-eabi arm-none-eabi-gcc
libnewlib-arm-none-eabi /usr/lib/arm-none-eabi/include/stdint.h
gcc-avr avr-gcc
avr-libc /usr/lib/avr/include/stdio.h
arduino-core-avr /usr/share/arduino/hardware/arduino/avr/boards.txt
libsimavr-dev /usr/include/simavr/sim_avr.h
libelf-dev /usr/include/libelf.h
libfann-dev /usr/include/doublefann.h
postgresql /usr/lib/postgresql
END

if [ ${#missing[@]} -eq 0 ]; then
    exit 0
elif [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "installing ${missing[*]} ..."
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y "${missing[@]}" >/dev/null
else
    echo "missing, so some tests are skipped: ${missing[*]}"
fi
