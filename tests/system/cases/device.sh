# SPDX-License-Identifier: BSD-2-Clause
# The worked example of docs/adding-a-device.md: a device type that nobody else knows, its frontend in Mini-OS, its backend a program
# of Linux in Domain 0, its nodes written by hand as a toolstack would. Connected three times; then unplugged.

. tests/system/minios.sh

own_device() { # HV
    minios_config 32 2
    cat >"$WORK/script" <<'END'
xl create /minios.cfg >/dev/null
echo "dom0: created $?"
domid=$(xl domid minios)
front=/local/domain/$domid/device/upper/0 back=/local/domain/0/backend/upper/$domid/0
xenstore write $front/backend $back $front/backend-id 0 $front/state 1 $back/frontend $front $back/frontend-id $domid \
    $back/online 1 $back/state 1
xenstore chmod -r $front n$domid r0
xenstore chmod -r $back n0 r$domid
upper-backend $domid >/backend.log 2>&1 &
attend minios
await 'minios>'
echo "upper hello world" >&8
await 'detached' 1
echo "upper again" >&8
await 'detached' 2
echo "upper a-line-that-is-longer-than-the-longest-text-which-a-request-may-have" >&8
await 'detached' 3
xenstore write $back/online 0
xenstore rm $front
xenstore rm $back
echo "upper nobody" >&8
await 'no such device'
until_true grep -q 'the end' /backend.log
sed 's/^/dom0: /' /backend.log
tr -d '\r' </xenconsole.log | sed 's/^/domU| /'
END
    DOM0_DISKS=1 DOM0_PROGRAMS="$B/tests/system/upper-backend" sh tests/system/dom0/ramdisk.sh "$WORK/dom0.cpio" "$WORK/script" \
        "$WORK/minios.cfg" "$B/ports/minios/minios.gz" || fail "the ramdisk could not be made"
    dom0_boot "$1" 240 "dom0_mem=700M loglvl=warning"
    qemu_wait 120 'dom0: ready'
    qemu_wait 40 'dom0: created 0'
    qemu_wait 120 'dom0: done'
    qemu_stop
    shows_not 'dom0: .*(failed|did not load|not seen)'
    shows 'domU\| upper: HELLO'
    shows 'domU\| upper: WORLD'
    shows 'domU\| upper: AGAIN'
    shows 'domU\| upper: A-LINE-THAT-IS-LONGER-THAN-THE-LONGEST-TEXT-WHICH-A-$'
    shows 'domU\| upper: no such device: error 2'
    [ "$(tr -d '\r' <"$console" | grep -ac 'domU| upper: error 0, detached: error 0, 2040 grants free')" -eq 3 ] ||
        fail "the device was not detached three times with all grants back"
    shows 'dom0: backend: served 2 requests'
    [ "$(tr -d '\r' <"$console" | grep -ac 'dom0: backend: served 1 requests')" -eq 2 ] || fail "the backend served something else"
    shows 'dom0: backend: the end'
}

test_device_of_ones_own() {
    own_device xenport
}

full_device_of_ones_own_on_stock_xen() {
    own_device xen
}
