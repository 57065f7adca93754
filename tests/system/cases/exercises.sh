# SPDX-License-Identifier: BSD-2-Clause
# The exercises of docs/exercises.md, each as the page says it is run. What they claim is looked at from the other side: Domain 0's
# store and console, and, where memory is shared, the other domain.

simplest() { # HV
    qemu_boot "$1" 60 "$B/ports/minios/exercises/simplest"
    qemu_wait 40 'exercise simplest: hello from xen-3.0-x86_64'
    qemu_end 20
}

test_exercise_simplest_kernel() {
    simplest xenport
}

test_exercise_simplest_kernel_on_stock_xen() {
    simplest xen
}

exercises() { # HV
    # One that ends stays, so that all of its console is read.
    for guest in one two console store; do
        cat >"$WORK/$guest.cfg" <<END
name = "$guest"
kernel = "/$guest.gz"
memory = 16
on_poweroff = "preserve"
on_crash = "destroy"
END
    done
    sed -i 's|/one.gz|/minios.gz|; s|/two.gz|/minios.gz|' "$WORK/one.cfg" "$WORK/two.cfg"
    for guest in console store; do
        gzip -c "$B/ports/minios/exercises/$guest" >"$WORK/$guest.gz"
    done
    cat >"$WORK/script" <<'END'
start() { # NAME DESCRIPTOR
    xl create /$1.cfg >/dev/null || echo "dom0: $1 failed"
    mkfifo /typed.$1
    xenconsole --interactive "$(xl domid $1)" </typed.$1 >/$1.log 2>&1 &
}
says() { # NAME TEXT
    await "$2" 1 /$1.log
}
start one; exec 5<>/typed.one
start two; exec 6<>/typed.two
start console; exec 7<>/typed.console
start store; exec 8<>/typed.store
says one 'minios>'
says two 'minios>'
echo "exercise-time" >&5
echo "exercise-shared-info" >&5
echo "exercise-offer $(xl domid two)" >&5
says one 'reference'
ref=$(xenstore read /local/domain/$(xl domid one)/data/offer)
echo "exercise-take $(xl domid one) $ref" >&6
says one 'answered: '
says two 'unmapped'
says one 'taken back'
# Of another's grants, and of one that is not there any more.
echo "exercise-take $(xl domid one) $ref" >&6
says two 'not mapped'
says console 'type a line'
echo "the first line" >&7
says console 'and another'
echo "the second line" >&7
says console 'by interrupt'
says store 'of nothing'
echo "dom0: in the store: $(xenstore read /local/domain/$(xl domid store)/data/exercise)"
for name in one two console store; do
    tr -d '\r' </$name.log | sed "s/^/$name| /"
done
END
    DOM0_DISKS=1 sh tests/system/dom0/ramdisk.sh "$WORK/dom0.cpio" "$WORK/script" "$WORK"/*.cfg "$WORK"/*.gz \
        "$B/ports/minios/minios.gz" || fail "the ramdisk could not be made"
    before=$(date +%s)
    dom0_boot "$1" 240 "dom0_mem=700M loglvl=warning"
    qemu_wait 120 'dom0: ready'
    qemu_wait 150 'dom0: done'
    qemu_stop
    shows_not 'dom0: .*(failed|did not load|not seen)'
    shows 'one\| exercise time: the library is of the same opinion'
    # Domain 0's own clock may lose time on a busy host.
    shown=$(tr -d '\r' <"$console" | sed -n 's/.*one| exercise time: \([0-9]*\)\..*/\1/p')
    after=$(date +%s)
    [ "$shown" -ge $((before - 2)) ] && [ "$shown" -le $((after + 2)) ] || fail "the time was $shown, from $before to $after"
    shows 'one\| exercise shared-info: both mappings show the same'
    shows 'one\| exercise shared-info: unmapped, error 0'
    shows 'two\| exercise take: asked: what is shared\?'
    shows 'one\| exercise offer: answered: this page is'
    shows 'two\| exercise take: unmapped: error 0, status 0'
    shows 'two\| exercise take: not mapped: error 0, status -'
    shows 'console\| exercise console: polled: the first line'
    shows 'console\| exercise console: by interrupt: the second line'
    shows 'store\| exercise store: this domain is called store'
    shows 'store\| exercise store: writing: OK'
    shows 'store\| exercise store: reading: written by hand'
    shows 'store\| exercise store: of nothing: ENOENT'
    shows 'dom0: in the store: written by hand'
}

test_exercises() {
    exercises xenport
}

full_exercises_on_stock_xen() {
    exercises xen
}
