#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What each part of the library costs a kernel that wants nothing else: for each feature the functions that a port calls are linked
# with --gc-sections, and what the linker took of the archive is counted. Prints the page docs/sizes.md, and fails when a limit is
# passed. Arguments: the archive, and a page to compare with in place of printing one.

set -eu
archive=$1 page=${2:-}
if [ -n "$page" ]; then
    # Another compiler makes other sizes.
    readelf -p .comment "$archive" 2>/dev/null | grep -q GCC || exit 0
    new=$(mktemp) status=0
    trap 'rm -f "$new"' EXIT
    sh "$0" "$archive" >"$new" || exit 1
    awk -F'|' '$4 + 0 == 0 { next }
        NR == FNR { was[$2] = $4; next }
        { nr++ }
        !($2 in was) || was[$2] * 50 < $4 * 49 || was[$2] * 50 > $4 * 51 { print "sizes:" $2 "is" $4 "and the page says" was[$2]; bad = 1 }
        END { exit bad || !nr }' "$page" "$new" || status=1
    [ $status -eq 0 ] || echo "sizes.sh $archive >docs/sizes.md makes it anew" >&2
    exit $status
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What the port supplies, at no cost to the library.
port=
for name in address_to_mfn mfn_to_address events_save events_restore vcpu_id panic page_alloc page_free frames_map frames_unmap \
    now_ns wait wake lock unlock; do
    port="$port --defsym=xg_os_$name=0"
done

start="xg_boot_read xg_shared_map xg_early_printf xg_sched_shutdown"
event="xg_traps_init xg_traps_handle xg_traps_install xg_events_init xg_events_upcall"
store="$start $event xg_store_init xg_store_bind"
bus="$store xg_grants_init xg_bus_init xg_bus_wait"

features() {
    cat <<END
the start: boot information, shared info, messages, the end|0|$start
hypercalls through the page|0|$start xg_hypercall_page
traps and events|1|$start $event xg_event_bind_virq xg_event_bind_ipi
events in queues|1|$start $event xg_event_bind_virq xg_event_bind_ipi xg_events_fifo
the clock and the timer|1|$start xg_clock_now_ns xg_clock_wall xg_timer_set
page tables and p2m|2|$start xg_p2m_init xg_map_init xg_map_frames xg_map_clear xg_map_protect
grants|2|$start xg_grants_init xg_grant_access xg_grant_end
the console|2|$start $event xg_console_init xg_console_bind xg_console_write_all xg_console_read
the balloon|2|$start xg_p2m_init xg_balloon_out xg_balloon_in
further vCPUs|1|$start $event xg_vcpu_initialise xg_vcpu_up xg_vcpu_count
the store|3|$store xg_store_read xg_store_write xg_store_directory xg_store_watch xg_store_watch_take
the bus, without a device|3|$bus xg_bus_list
disks, and only they|3|$bus xg_block_attach xg_block_wait_connected xg_block_do xg_block_detach
network cards, and only they|3|$bus xg_net_attach xg_net_submit xg_net_kick xg_net_give xg_net_poll xg_net_detach
further consoles, and only they|3|$bus xg_channel_attach xg_bus_wait_connected xg_channel_write xg_channel_read xg_channel_detach
a screen, and only that|3|$bus xg_framebuffer_attach xg_bus_wait_connected xg_framebuffer_update xg_framebuffer_resize xg_framebuffer_poll xg_framebuffer_detach
keyboard and pointer, and only they|3|$bus xg_input_attach xg_bus_wait_connected xg_input_take xg_input_detach
directories of another domain (9p), and only they|3|$bus xg_p9_attach xg_bus_wait_connected xg_p9_open xg_p9_close xg_p9_read xg_p9_write xg_p9_entries xg_p9_status xg_p9_make_directory xg_p9_remove xg_p9_remove_directory xg_p9_rename xg_p9_usage xg_p9_detach
what the toolstack asks for|3|$store xg_control_init xg_control_take
suspend and resume, without a device|3|$bus xg_p2m_init xg_p2m_publish xg_suspend_begin xg_suspend xg_suspend_finish xg_vcpu_park xg_vcpu_unpark
END
}

# Bytes of code and constants that the functions bring with them.
cost() {
    wanted=
    for name in $1; do
        wanted="$wanted -u $name"
    done
    ld -m elf_x86_64 -nostdlib --gc-sections -e "${1%% *}" $port $wanted -o "$work/out" "$archive" 2>"$work/errors" ||
        { cat "$work/errors" >&2 && exit 1; }
    size -A "$work/out" | awk '$1 ~ /^\.(text|rodata)/ { total += $2 } END { print total }'
}

cat <<'END'
# What each part of libxenguest costs

Bytes of code and constants that a kernel links which calls only what the line names, with everything that this needs in turn, as `libxenguest/sizes.sh` has just
counted them with gcc's default options; `make check` looks that this page is right, to within one part in fifty, and that disks alone stay within 24 KiB.

| feature | tier | bytes |
|---|---|---|
END
features | while IFS='|' read -r feature tier functions; do
    bytes=$(cost "$functions")
    echo "| $feature | $tier | $bytes |"
    case $feature in
    disks*) [ "$bytes" -le 24576 ] || { echo "sizes.sh: $feature: $bytes bytes, more than 24576" >&2 && exit 1; } ;;
    esac
done
