#!/usr/bin/env bash
# Set up a Python for 64-bit Arm in a folder, and an emulator to run it: aarch64.sh FOLDER
# Then FOLDER/python is that Python, with the packages of .venv that fastnet and its golden runs
# import. This needs Debian or Ubuntu. As root it installs what it misses.
set -euo pipefail

folder=$(realpath -m "$1")
system=$folder/system
if ! command -v qemu-aarch64 >/dev/null || ! command -v debootstrap >/dev/null; then
    apt-get update -qq
    apt-get install -qq -y qemu-user debootstrap >/dev/null
fi

rm -rf "$folder"
mkdir -p "$folder"
packages=python3,libpython3-stdlib,libstdc++6,zlib1g
debootstrap --arch=arm64 --foreign --variant=minbase --include=$packages stable "$system" >/dev/null
for package in "$system"/var/cache/apt/archives/*.deb; do
    dpkg -x "$package" "$system"  # nothing is configured: only files are needed
done

cat >"$folder/python" <<END
#!/bin/sh
PYTHONPATH=$folder/packages\${PYTHONPATH:+:\$PYTHONPATH} \\
    exec qemu-aarch64 -L "$system" "$system/usr/bin/python3" "\$@"
END
chmod +x "$folder/python"

version=$("$folder/python" -c 'import sys; print(*sys.version_info[:2], sep=".")')
wanted=$(.venv/bin/python -m pip freeze | grep -E '^(numpy|numba|click|pytest|scipy)==')
# shellcheck disable=SC2086
.venv/bin/python -m pip install -q --disable-pip-version-check --target "$folder/packages" \
    --python-version "$version" --only-binary=:all: --platform manylinux_2_28_aarch64 \
    --platform manylinux_2_27_aarch64 --platform manylinux2014_aarch64 $wanted
