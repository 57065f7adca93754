#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Unpacks the payload of stock Linux to $B/stock/vmlinux and, if asked, makes a bzImage with a payload packed otherwise. Arguments:
# none, or xz, zstd, lz4, gzip or raw, and the file to be made. The setup header stays, but for the payload's length; the code that
# would unpack it on bare hardware is not there.

set -eu
format=${1:-} out=${2:-}
stock=$B/stock/vmlinuz

number() { # OFFSET BYTES
    od -An -t "u$2" -j "$1" -N "$2" "$stock" | tr -d ' '
}

little_endian() {
    for shift in 0 8 16 24; do
        printf "\\$(printf %03o $(($1 >> shift & 255)))"
    done
}

start=$((($(number 497 1) + 1) * 512 + $(number 584 4)))
length=$(number 588 4)
[ "$B/stock/vmlinux" -nt "$stock" ] || {
    tail -c +$((start + 1)) "$stock" | head -c $((length - 4)) | xz -dc >"$B/stock/vmlinux.$$"
    mv "$B/stock/vmlinux.$$" "$B/stock/vmlinux"
}
[ -n "$format" ] || exit 0
case $format in
xz) xz -0 --check=crc64 -c ;;
zstd) zstd -q -3 -c ;;
lz4) lz4 -q -l -1 -c ;;
gzip) gzip -1 -c ;;
raw) cat ;;
esac <"$B/stock/vmlinux" >"$out.payload"
case $format in
xz | zstd | lz4) little_endian "$(wc -c <"$B/stock/vmlinux")" >>"$out.payload" ;;
esac
head -c "$start" "$stock" | cat - "$out.payload" >"$out.part"
little_endian "$(wc -c <"$out.payload")" | dd of="$out.part" bs=1 seek=588 conv=notrunc status=none
rm "$out.payload"
mv "$out.part" "$out"
