# SPDX-License-Identifier: BSD-2-Clause
# A session with Mini-OS, every command of its shell, typed into Xenport and into stock Xen: the two transcripts are the same,
# after the checked-in substitutions.

minios=$B/ports/minios/minios.gz
prompt='^minios> '

# Types the lines of a file, waiting for the prompt after each, then LAST, which ends the domain. The transcript is everything
# that the console shows from the guest's first line on, also what the hypervisor says meanwhile.
record() { # HV LAST LAST-WORDS TRANSCRIPT SESSION
    qemu_boot "$1" 150 "$minios hello=world${guest_options:+ $guest_options}" "dom0_mem=128M loglvl=warning guest_loglvl=error"
    qemu_wait 60 "$prompt"
    while read -r line || [ -n "$line" ]; do
        qemu_send "$(printf '%b' "$line")"
        qemu_wait 40 "$prompt"
    done <"$5"
    qemu_send "$2"
    qemu_wait 20 "$3"
    # After a crash both wait five seconds before they reboot, and stock Xen does not power off after a halt.
    [ "$2" != reboot ] || qemu_end 20
    qemu_stop
    no_triple_fault
    tr -d '\r' <"$console" | sed -n '/^Mini-OS on /,$p' | cat -v >"$4"
}

substitute() {
    grep -v '^#' tests/system/substitutions | sed -E -f /dev/stdin "$1"
}

same() { # LAST LAST-WORDS SESSION
    record xenport "$1" "$2" "$WORK/xenport" "$3"
    record xen "$1" "$2" "$WORK/xen" "$3"
    for hv in xenport xen; do
        substitute "$WORK/$hv" >"$WORK/$hv.same"
        [ "$(wc -l <"$WORK/$hv")" = "$(wc -l <"$WORK/$hv.same")" ] || fail "a substitution drops lines"
    done
    diff -u --label xen --label xenport "$WORK/xen.same" "$WORK/xenport.same" >"$WORK/console" ||
        fail "the transcripts differ (below: - stock Xen, + Xenport)"
}

test_every_command_on_1_cpu() {
    same reboot 'rebooting machine' tests/system/session
}

# What differs from vCPU to vCPU shows here.
test_every_command_on_4_cpus() {
    SMP=4 same reboot 'rebooting machine' tests/system/session
    for words in 'vcpu 3: online' 'workers: 4 of 4'; do
        grep -q "^$words" "$WORK/xenport" || fail "not in Xenport's transcript: $words"
    done
}

# The library's other layout of event channels.
test_events_in_queues() {
    printf '%s\n' threads smp events cpus 'bench 20' events >"$WORK/session"
    guest_options=event_queues
    SMP=2 same reboot 'rebooting machine' "$WORK/session"
    for hv in xenport xen; do
        grep -qx 'in queues' "$WORK/$hv" || fail "$hv: the events are not in queues"
        grep -qx 'unexpected: 0' "$WORK/$hv" || fail "$hv: events that nobody expected"
    done
}

test_halt() {
    : >"$WORK/session"
    same halt 'Hardware Dom0 halted: halting machine' "$WORK/session"
}

test_crash() {
    : >"$WORK/session"
    same crash 'Hardware Dom0 crashed: .*seconds\.' "$WORK/session"
}

test_panic() {
    : >"$WORK/session"
    same 'crash panic' 'Hardware Dom0 crashed: .*seconds\.' "$WORK/session"
}

# Each command that help lists is in the session, ends one, or is for DomUs alone and has its mistakes tried.
test_session_is_complete() {
    sed -n 's/^    {"\([a-z-]*\)", .*/\1/p' ports/minios/apps/shell.c >"$WORK/commands"
    [ "$(wc -l <"$WORK/commands")" -gt 45 ] || fail "the shell's table of commands was not found"
    while read -r command; do
        case $command in
        halt | reboot | crash) ;;
        *) grep -qE "^(> )?$command( |\$)" tests/system/session tests/system/mistakes || fail "no session has the command $command" ;;
        esac
    done <"$WORK/commands"
}

# Lines that are wrong, each with the sentence that it gets: by the option run=, so that nobody types.
test_mistakes_get_one_sentence() {
    rm -f "$WORK"/part.* "$WORK/shown"
    awk -v work="$WORK" '
        /^> / {
            line = substr($0, 3)
            gsub(/ /, "+", line)
            if (!part || length(run) + length(line) > 850)
                { run = "run="; part++ }
            run = run line ";"
            print run >(work "/part." part)
            close(work "/part." part)
        }' tests/system/mistakes
    for part in "$WORK"/part.*; do
        qemu_boot xenport 60 "$minios $(tail -n 1 "$part")reboot" "dom0_mem=128M loglvl=warning guest_loglvl=error"
        qemu_end 50
        tr -d '\r' <"$console" | sed -n '/^minios> /,/^minios> reboot/p' | sed '/^minios> reboot/d; s/^minios> /> /' >>"$WORK/shown"
    done
    grep -v '^#' tests/system/mistakes | diff -u --label mistakes --label shown - "$WORK/shown" >"$WORK/console" ||
        fail "another sentence than in tests/system/mistakes (+)"
}

# Each substitution stands below a comment that names its field and the reason, and none can drop a line.
test_substitutions_are_explained() {
    awk '
        /^#|^$/ { comment = $0; next }
        !/^s\/.*\/$/ || comment !~ /^# [^:]+: ./ || length(comment) < 30 { print FNR ": " $0; wrong = 1 }
        { comment = "" }
        END { exit wrong }' tests/system/substitutions >"$WORK/console" || fail "not explained, or not one s command"
}
