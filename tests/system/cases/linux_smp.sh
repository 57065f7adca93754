# SPDX-License-Identifier: BSD-2-Clause
# Stock Linux with four vCPUs on one, two and four CPUs: work on each, CPUs that are unplugged and plugged, affinity of programs
# and of interrupts, and no wake-up that is lost.

. tests/system/linux/lib.sh

smp_script() {
    linux_script <<'END'
modprobe -a virtio_pci virtio_blk
online() {
    echo "linux: online $(cat /sys/devices/system/cpu/online), $1"
}
# Field 39 of stat is the CPU that a program ran on last.
works_on() { # CPU
    mask=$(printf '%x' $((1 << $1)))
    ran=$(taskset "$mask" sh -c 'n=0; while [ $n -lt 3000 ]; do n=$((n + 1)); done; cut -d " " -f 39 /proc/$$/stat')
    echo "linux: CPU $1: ran on $ran"
}
interrupts_of() { # CPU: of the disk
    awk -v column=$(($1 + 2)) '/virtio0-req/ { n += $column } END { print n + 0 }' /proc/interrupts
}
online 'at the start'
for cpu in 0 1 2 3; do
    works_on $cpu
done
# All at once, and through each other's pipes.
for cpu in 0 1 2 3; do
    works_on $cpu | sed 's/ran/ran at once/' &
done
wait
for cpu in 2 3 1; do
    echo 0 >/sys/devices/system/cpu/cpu$cpu/online || echo "linux: FAILED: unplugging $cpu"
    online "without $cpu"
done
works_on 0
for cpu in 3 1 2; do
    echo 1 >/sys/devices/system/cpu/cpu$cpu/online || echo "linux: FAILED: plugging $cpu"
    online "with $cpu"
    works_on $cpu
done
# An interrupt goes where it is sent.
irq=$(sed -n 's/^ *\([0-9]*\):.*virtio0-req.*/\1/p' /proc/interrupts | head -n 1)
for cpu in 1 3 0; do
    echo $cpu >/proc/irq/$irq/smp_affinity_list || echo "linux: FAILED: affinity"
    before=$(interrupts_of $cpu)
    dd if=/dev/vda of=/dev/null bs=4k count=50 iflag=direct 2>/dev/null
    echo "linux: $(($(interrupts_of $cpu) - before >= 40)) interrupts of the disk on $cpu"
done
wakeups 5
grep -E 'LOC|RES|CAL|callfunc|resched|spinlock' /proc/interrupts | sed 's/^/linux: /'
END
}

four_vcpus() { # HV CPUS
    [ "$1" != xen ] || without_xsave
    smp_script
    truncate -s 1M "$WORK/disk"
    SMP=$2 linux_boot "$1" 200 '' 'dom0_mem=384M dom0_max_vcpus=4' \
        -drive "if=none,id=disk,format=raw,file=$WORK/disk" -device virtio-blk-pci,drive=disk,num-queues=1
    linux_ends 180
    linux_is_sound
    no_triple_fault
    shows 'linux: online 0-3, at the start'
    for cpu in 0 1 2 3; do
        shows "linux: CPU $cpu: ran on $cpu"
        shows "linux: CPU $cpu: ran at once on $cpu"
    done
    shows 'linux: online 0-1,3, without 2'
    shows 'linux: online 0-1, without 3'
    shows 'linux: online 0, without 1'
    shows 'linux: online 0,3, with 3'
    shows 'linux: online 0-1,3, with 1'
    shows 'linux: online 0-3, with 2'
    for cpu in 0 1 3; do
        shows "linux: 1 interrupts of the disk on $cpu"
    done
}

full_four_vcpus_on_1_cpu_of_xen() {
    four_vcpus xen 1
}

full_four_vcpus_on_2_cpus_of_xen() {
    four_vcpus xen 2
}

full_four_vcpus_on_4_cpus_of_xen() {
    four_vcpus xen 4
}

test_four_vcpus_on_1_cpu() {
    four_vcpus xenport 1
}

test_four_vcpus_on_2_cpus() {
    four_vcpus xenport 2
}

test_four_vcpus_on_4_cpus() {
    four_vcpus xenport 4
}

# Four times as many as there are CPUs.
test_eight_vcpus_on_2_cpus() {
    linux_script <<'END'
echo "linux: online $(cat /sys/devices/system/cpu/online)"
for cpu in 0 1 2 3 4 5 6 7; do
    ran=$(taskset "$(printf '%x' $((1 << cpu)))" sh -c 'cut -d " " -f 39 /proc/$$/stat')
    echo "linux: CPU $cpu: ran on $ran"
done
END
    SMP=2 linux_boot xenport 200 '' 'dom0_mem=384M dom0_max_vcpus=8'
    linux_ends 180
    linux_is_sound
    no_triple_fault
    shows 'linux: online 0-7'
    for cpu in 0 1 2 3 4 5 6 7; do
        shows "linux: CPU $cpu: ran on $cpu"
    done
}

# Time is counted in instructions and idle time passes at once: what comes late is not the host's fault.
soak() { # HV SECONDS-OF-THE-HOST SECONDS FACTOR
    [ "$1" != xen ] || without_xsave
    linux_script <<END
wakeups $3 $4 || echo "linux: FAILED: wake-ups"
echo "linux: chip \$(date -u -d "\$(hwclock -u -r | sed 's/  0.00.*//; s/ [A-Z]*$//')" +%s 2>/dev/null) clock \$(date -u +%s)"
END
    SMP=2 linux_boot "$1" "$2" '' 'dom0_mem=384M dom0_max_vcpus=4' -icount shift=0,sleep=off \
        -rtc base=2031-02-03T04:05:06,clock=vm
    linux_ends "$2"
    linux_is_sound
    no_triple_fault
    shows_not 'wakeups: FAILED'
    shows 'wakeups: [0-9]+ in all, 0 late'
}

test_soak_of_minutes() {
    soak xenport 240 120 1
}

full_soak_of_minutes_on_xen() {
    soak xen 240 120 1
}

full_soak_of_a_day() {
    soak xenport 2000 86400 12
}
