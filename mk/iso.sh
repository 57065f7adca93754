#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Makes $B/xenport.iso: GRUB, Xenport by multiboot 2, Mini-OS as Domain 0. The consoles of all three are the first serial port.

set -eu
tree=$B/iso
rm -rf "$tree"
mkdir -p "$tree/boot/grub"
cp "$B/xen/xenport" "$B/ports/minios/minios.gz" "$tree/boot/"
cat >"$tree/boot/grub/grub.cfg" <<END
serial --unit=0 --speed=115200
terminal_input serial console
terminal_output serial console
set timeout=1
menuentry "Xenport with Mini-OS" {
    multiboot2 /boot/xenport placeholder console=com1 com1=115200,8n1 guest_loglvl=all
    module2 /boot/minios.gz placeholder
}
END
grub-mkrescue -o "$B/xenport.iso" "$tree" >"$B/iso.log" 2>&1 || {
    cat "$B/iso.log" >&2
    exit 1
}
echo "$B/xenport.iso"
